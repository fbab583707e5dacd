// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "document/pdf_layout.h"

namespace docmill::document::pdf {

// The words of the document itself, to tell a hyphen that divides a word from one that belongs to
// it.
class Vocabulary {
 public:
  void add(std::string_view text);
  bool has(std::string_view word) const;

 private:
  std::unordered_set<std::uint64_t> hashes_;
};

// Text of several lines, and where each segment's text went in it.
struct JoinedText {
  struct Piece {
    std::uint32_t source_begin = 0, source_end = 0;  // bytes of PageText::text
    std::uint32_t begin = 0;                         // bytes of `text`
  };
  std::string text;
  std::vector<Piece> pieces;
  std::uint64_t hyphens_dropped = 0;
};

// Appends `line` as the next line of a paragraph. A hyphen at the end before goes when small
// letters stand on both sides of it and the document does not write the word with it elsewhere.
void append_line(JoinedText& out, const PageText& page, const Line& line,
                 const Vocabulary& vocabulary);

// Appends `line` on a line of its own, blanks kept as far as positions tell: program text.
void append_code_line(JoinedText& out, const PageText& page, const Line& line, float left);

// Appends segments of one line, separated as their gaps say.
void append_parts(JoinedText& out, const PageText& page, const Segment* const* begin,
                  const Segment* const* end);

}  // namespace docmill::document::pdf
