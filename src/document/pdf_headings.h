// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "document/pdf_reader.h"

namespace docmill::document::pdf {

// The bookmarks of a document as a hint for headings: titles by page.
class OutlineIndex {
 public:
  explicit OutlineIndex(const std::vector<OutlineEntry>& entries);
  // The level of the bookmark that leads to this page and has this text; 0 without one.
  int level_of(std::string_view text, int page) const;

 private:
  std::unordered_multimap<int, std::pair<std::string, int>> by_page_;
};

struct HeadingCandidate {
  int block = 0;
  float size = 0;
  bool bold = false;
  int outline_level = 0;
};

// Levels 1–6 for candidates in the order given: the outline's where it names them, for others that
// of their style (size, then weight), larger styles above smaller ones over the whole document.
std::vector<int> heading_levels(const std::vector<HeadingCandidate>& candidates);

}  // namespace docmill::document::pdf
