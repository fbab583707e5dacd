// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "document/pdf_join.h"
#include "document/pdf_layout.h"

namespace docmill::document::pdf {

// A block before the whole document is known: headings get their level later.
struct Draft {
  BlockKind kind = BlockKind::kParagraph;
  JoinedText joined;
  std::string marker;  // cut from the text
  std::uint64_t marker_characters = 0;
  int level = 0;  // lists
  float size = 0;
  bool bold = false;
  std::size_t lines = 0;
  Box box;  // on the page
  Table table;
  std::vector<std::string> cells;
};

// Paragraphs, list items, tables and program text of one region, in order. `body_size` is the font
// size of the document's running text.
std::vector<Draft> make_drafts(const PageText& page, const Region& region, float body_size,
                               const Vocabulary& vocabulary);

// Whether size or weight set the draft apart as a heading.
bool looks_like_heading(const Draft& draft, float body_size, bool body_bold);

}  // namespace docmill::document::pdf
