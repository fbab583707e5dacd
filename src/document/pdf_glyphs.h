// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "document/pdf_page.h"

namespace docmill::document::pdf {

// What all glyphs of one text object share, in the coordinates of its frame.
struct Run {
  std::uint16_t frame = 0;
  float baseline = 0, size = 0;
  bool bold = false, mono = false, invisible = false;
};

// Puts glyphs, in the order of the content stream, together to segments. Words come from the gaps
// between advance boxes relative to the font size; the spaces PDFium guesses only decide close
// calls. Drops glyphs printed twice in place. One page.
class SegmentBuilder {
 public:
  explicit SegmentBuilder(PageText& page) : page_(page) {}

  enum class Space { kNone, kGuessed, kReal };
  void add_space(Space space) {
    if (space > pending_) pending_ = space;
  }
  // `link` is an index into PageText::hrefs, or -1. A further letter of a ligature comes with the
  // box and the text object of the one before: `same_glyph`.
  struct Glyph {
    char32_t code_point = 0;
    float left = 0, right = 0;
    int link = -1;
    bool same_glyph = false;
  };
  void add_glyph(const Run& run, const Glyph& glyph);
  // A glyph that is not read, and why.
  void drop_glyph(char32_t code_point, const char* reason);
  void add_unmapped() {
    ++page_.dropped["unmapped_glyph"];
    ++bad_;
    ++glyphs_;
  }

  // Decides what of the page is invisible, doubled or garbled. Once, at the end.
  void finish();

 private:
  struct Last {
    char32_t code_point = 0;
    float left = 0, right = 0, baseline = 0;
  };
  bool printed_before(char32_t code_point, float left, const Run& run) const;
  bool continues(const Run& run, char32_t code_point, float left, float right, float* gap) const;
  bool stands_apart(char32_t code_point, float gap) const;
  void start_segment(const Run& run, float left, float right);
  void close_segment();
  void append(char32_t code_point);
  void drop_doubled_segments();
  void settle_invisible();

  PageText& page_;
  Segment segment_;
  bool open_ = false;
  Space pending_ = Space::kNone;
  Last last_[2];
  std::uint32_t letters_ = 0, bold_letters_ = 0, mono_letters_ = 0, rtl_letters_ = 0;
  std::uint64_t glyphs_ = 0, bad_ = 0;
};

}  // namespace docmill::document::pdf
