// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "document/pdf_page.h"

namespace docmill::document::pdf {

// Segments on one baseline in one column, in reading direction.
struct Line {
  std::vector<const Segment*> parts;
  float left = 0, right = 0, baseline = 0, size = 0;
  bool bold = false, mono = false;
  std::uint32_t letters = 0;

  float top() const { return baseline - 0.8F * size; }
  float bottom() const { return baseline + 0.2F * size; }
};

// A column, or what spans columns: lines that are read from top to bottom without a jump.
struct Region {
  std::uint16_t frame = 0;
  float left = 0, right = 0;
  std::vector<Line> lines;
};

// The reading order of a page, computed here and nowhere else: frames by the amount of their text;
// in a frame, columns are cut along white gutters that text on both sides fills, and whatever spans
// a gutter cuts the columns into bands. Furniture is left out. Pointers lead into `page`.
std::vector<Region> find_reading_order(const PageText& page);

// Lines of some segments of one frame, top to bottom.
std::vector<Line> make_lines(std::vector<const Segment*> segments);

}  // namespace docmill::document::pdf
