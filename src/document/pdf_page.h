// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "document/model.h"

namespace docmill::document::pdf {

// Scripts written without blanks between words: kana, Han and their punctuation.
inline bool is_unspaced(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFF00 && c <= 0xFFEF) || (c >= 0x20000 && c <= 0x3FFFF);
}

// One writing direction of a page. Layout works in the frame's own coordinates, where its text runs
// to the right and down; `page_box` leads back to the page as shown.
struct Frame {
  int angle = 0;  // degrees, clockwise; 0 reads to the right
  float dx = 1, dy = 0;
  Box page_box(float left, float top, float right, float bottom) const;
};

// Words on one baseline without a wide gap between them: the unit of layout. The vertical extent
// comes from baseline and size, since the ascents that fonts state are not to be trusted.
struct Segment {
  std::uint32_t begin = 0, end = 0;  // bytes of PageText::text
  float left = 0, right = 0, baseline = 0, size = 0;
  std::uint16_t frame = 0;
  std::uint16_t letters = 0;  // code points, at most 65,535
  bool bold = false, mono = false, invisible = false, right_to_left = false;
  const char* furniture = nullptr;  // the reason, once found

  float top() const { return baseline - 0.8F * size; }
  float bottom() const { return baseline + 0.2F * size; }
  float width() const { return right - left; }
};

struct LinkSpan {
  std::uint32_t href = 0;            // index into PageText::hrefs
  std::uint32_t begin = 0, end = 0;  // bytes of PageText::text, inside one segment
};

// What layout needs of one page, and where the glyphs went that are not in `segments`.
struct PageText {
  Page page;
  std::string text;
  std::vector<Segment> segments;  // in the order of the content stream
  std::vector<Frame> frames;
  std::vector<std::string> hrefs;
  std::vector<LinkSpan> links;
  std::string invisible;  // text that nobody sees
  std::map<std::string, std::uint64_t> dropped;
  bool unreadable = false;    // PDFium could not load the page
  bool garbled = false;       // more than a fifth of the glyphs have no usable Unicode value
  bool hidden_layer = false;  // the text is an invisible layer over an image, taken as body

  std::string_view text_of(const Segment& segment) const {
    return std::string_view(text).substr(segment.begin, segment.end - segment.begin);
  }
};

}  // namespace docmill::document::pdf
