// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "document/html_blocks.h"

namespace docmill::document::html {

struct DataTable {
  Table table;
  std::vector<std::string> texts;     // one per cell, in order
  std::vector<std::string> captions;  // what stands in the table outside its cells
  std::vector<PageLink> links;        // `cell` and `text` set, `block` left to the caller
  std::vector<Uncounted> uncounted;
  std::uint32_t characters = 0;
  std::uint32_t link_characters = 0;
};

// The <table> at `index` as rows and cells, or nothing when it only lays out the page: one column,
// role "presentation", tables or sections inside cells, cells of many lines of code.
std::optional<DataTable> read_table(const Dom& dom, std::uint32_t index, const Limits& limits);

}  // namespace docmill::document::html
