// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "document/html_dom.h"
#include "document/limits.h"
#include "document/model.h"

namespace docmill::document::html {

// A block before it is known whether it is the page's content.
struct PageBlock {
  Block block;             // kind, level, marker, language; layer and reason are set by classify
  std::string text;        // white space normalised, except in code
  std::uint32_t node = 0;  // the element it stands in
  std::uint32_t characters = 0;       // bytes that are not ASCII white space
  std::uint32_t link_characters = 0;  // those of them inside links
  bool boilerplate = false;           // furniture whatever its surroundings; reason is set
  std::optional<Table> table;
  std::vector<std::string> cells;
};

struct PageLink {
  std::string_view href;
  std::string_view relation = "a";
  bool nofollow = false;
  std::int32_t block = -1;  // -1: no text of its own
  std::int32_t cell = -1;   // in a table's block
  TextRange text;           // of the block's or the cell's text
};

// Text that is in no block.
struct Uncounted {
  std::string_view reason;  // empty: invisible
  std::string_view text;
};

struct PageContent {
  std::vector<PageBlock> blocks;
  std::vector<PageLink> links;
  std::vector<Uncounted> uncounted;
};

// Everything in the page, in document order, cut into blocks; each text node's characters end in
// one block or in `uncounted`. Views point into `dom`.
PageContent collect_blocks(const Dom& dom, const Limits& limits);

// True for elements that nobody is shown: script, style, templates, `hidden`, display:none …
bool is_invisible(const Dom& dom, const Node& node);
// True for elements that start a new line, as browsers lay them out without style sheets.
bool is_block_level(Tag tag);

}  // namespace docmill::document::html
