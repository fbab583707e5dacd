// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "document/pdf_join.h"
#include "document/pdf_layout.h"

namespace docmill::document::pdf {

struct FoundTable {
  std::size_t lines = 0;  // how many lines from the start belong to it
  Table table;
  std::vector<std::string> texts;  // one for each cell of `table`
};

// The table that begins with the first of `lines`, if one surely does: rows of short cells in
// columns with clear white between them over all rows. Anything less stays text in reading order.
std::optional<FoundTable> find_table(const PageText& page, std::span<const Line> lines);

}  // namespace docmill::document::pdf
