// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_layout.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace docmill::document::pdf {
namespace {

using Segments = std::vector<const Segment*>;

// In units of the region's median font size.
constexpr float kGutterMin = 0.8F;
// A side of a gutter is a text column when it has this many lines, its lines have this many letters
// in the median, and fill this part of the column's width. Less is a table or a form, read by rows.
constexpr std::size_t kColumnLinesMin = 3;
constexpr int kColumnLettersMin = 14;
constexpr float kColumnFillMin = 0.55F;
constexpr float kAreaFillMin = 0.4F;
// What crosses the gutter (titles, wide tables) may be this part of all segments.
constexpr float kCrossingMax = 0.4F;
constexpr int kDepthMax = 12;

struct Extent {
  float left = 1e9F, right = -1e9F, top = 1e9F, bottom = -1e9F;
  void add(const Segment& s) {
    left = std::min(left, s.left);
    right = std::max(right, s.right);
    top = std::min(top, s.top());
    bottom = std::max(bottom, s.bottom());
  }
};

Extent extent_of(const Segments& segments) {
  Extent extent;
  for (const Segment* s : segments) extent.add(*s);
  return extent;
}

template <typename Value>
Value median(std::vector<Value> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

float median_size(const Segments& segments) {
  std::vector<float> sizes;
  sizes.reserve(segments.size());
  for (const Segment* s : segments) sizes.push_back(s->size);
  return median(std::move(sizes));
}

// Distinct baselines, which is what a reader counts as lines.
std::size_t count_lines(const Segments& segments, float size) {
  std::vector<float> baselines;
  for (const Segment* s : segments) baselines.push_back(s->baseline);
  std::ranges::sort(baselines);
  std::size_t lines = 0;
  float last = -1e9F;
  for (float b : baselines) {
    if (b - last > 0.5F * size) {
      ++lines;
      last = b;
    }
  }
  return lines;
}

bool is_text_column(const Segments& side, float size) {
  if (count_lines(side, size) < kColumnLinesMin) return false;
  const Extent extent = extent_of(side);
  std::vector<int> letters;
  std::vector<float> widths;
  float area = 0;
  for (const Segment* s : side) {
    letters.push_back(s->letters);
    widths.push_back(s->width());
    area += s->width() * 1.2F * s->size;
  }
  if (median(std::move(letters)) < kColumnLettersMin) return false;
  const float width = extent.right - extent.left;
  // A side may hold several columns itself: then its area is filled, though no line fills its
  // width.
  return median(std::move(widths)) >= kColumnFillMin * width ||
         area >= kAreaFillMin * width * (extent.bottom - extent.top);
}

struct Cut {
  Segments left, right, crossing;
  float width = 0;
  std::size_t weight() const { return std::min(left.size(), right.size()); }
};

// The cut along the strip [from, to], if what lies left and right of it are columns side by side.
std::optional<Cut> try_cut(const Segments& segments, float from, float to, float size) {
  Cut cut;
  cut.width = to - from;
  const float middle = (from + to) / 2;
  for (const Segment* s : segments) {
    (s->right <= middle ? cut.left : s->left >= middle ? cut.right : cut.crossing).push_back(s);
  }
  if (cut.weight() < kColumnLinesMin || static_cast<float>(cut.crossing.size()) >
                                            kCrossingMax * static_cast<float>(segments.size())) {
    return std::nullopt;
  }
  const Extent l = extent_of(cut.left);
  const Extent r = extent_of(cut.right);
  const float shared = std::min(l.bottom, r.bottom) - std::max(l.top, r.top);
  if (shared < 0.3F * std::min(l.bottom - l.top, r.bottom - r.top) || shared < 2 * size) {
    return std::nullopt;
  }
  if (!is_text_column(cut.left, size) || !is_text_column(cut.right, size)) return std::nullopt;
  return cut;
}

// How many segments lie over each point of the region's width.
std::vector<int> coverage_of(const Segments& segments, const Extent& extent, float step) {
  constexpr std::size_t kBinsMax = 4'000;
  const auto bins = std::clamp<std::size_t>(
      static_cast<std::size_t>((extent.right - extent.left) / step) + 1, 1, kBinsMax);
  std::vector<int> change(bins + 1);
  const auto bin = [&](float x) {
    return std::min(bins, static_cast<std::size_t>(std::max(0.0F, (x - extent.left) / step)));
  };
  for (const Segment* s : segments) {
    ++change[bin(s->left)];
    --change[std::min(bins, std::max(bin(s->right), bin(s->left)) + 1)];
  }
  int depth = 0;
  for (int& c : change) c = (depth += c);
  change.pop_back();
  return change;
}

std::optional<Cut> find_cut(const Segments& segments) {
  if (segments.size() < 2 * kColumnLinesMin) return std::nullopt;
  const float size = median_size(segments);
  const Extent extent = extent_of(segments);
  if (extent.right - extent.left < 16 * size) return std::nullopt;
  const float step = std::max(1.0F, size / 8);
  const std::vector<int> coverage = coverage_of(segments, extent, step);
  std::vector<int> covered;
  std::ranges::copy_if(coverage, std::back_inserter(covered), [](int c) { return c > 0; });
  const int usual = median(std::move(covered));
  std::optional<Cut> best;
  // First a strip that nothing crosses; then one that little crosses.
  for (const int tolerated : {0, std::max(1, usual / 4)}) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= coverage.size(); ++i) {
      if (i < coverage.size() && coverage[i] <= tolerated) continue;
      const float from = extent.left + static_cast<float>(begin) * step;
      const float to = extent.left + static_cast<float>(i) * step;
      begin = i + 1;
      if (to - from < kGutterMin * size) continue;
      auto cut = try_cut(segments, from, to, size);
      if (cut && (!best || cut->weight() > best->weight() ||
                  (cut->weight() == best->weight() && cut->width > best->width))) {
        best = std::move(cut);
      }
    }
    if (best) return best;
  }
  return best;
}

class Order {
 public:
  explicit Order(std::uint16_t frame) : frame_(frame) {}

  void add(Segments segments, int depth) {
    if (segments.empty()) return;
    auto cut = depth < kDepthMax ? find_cut(segments) : std::nullopt;
    if (!cut) return add_leaf(std::move(segments));
    if (cut->crossing.empty()) {
      add(std::move(cut->left), depth + 1);
      add(std::move(cut->right), depth + 1);
      return;
    }
    add_bands(*cut, depth);
  }

  std::vector<Region> take() { return std::move(regions_); }

 private:
  // From top to bottom, what crosses the gutter alternates with the columns in between.
  void add_bands(Cut& cut, int depth) {
    struct Band {
      float top, bottom;
    };
    std::ranges::sort(cut.crossing, {}, [](const Segment* s) { return s->top(); });
    std::vector<Band> bands;
    for (const Segment* s : cut.crossing) {
      if (!bands.empty() && s->top() <= bands.back().bottom) {
        bands.back().bottom = std::max(bands.back().bottom, s->bottom());
      } else {
        bands.push_back({s->top(), s->bottom()});
      }
    }
    // Even places are columns above band i, odd ones the band itself with what stands beside it.
    std::vector<Segments> places(2 * bands.size() + 1);
    const auto put = [&](const Segment* s) {
      const float y = (s->top() + s->bottom()) / 2;
      std::size_t i = 0;
      while (i < bands.size() && y > bands[i].bottom) ++i;
      places[i < bands.size() && y >= bands[i].top ? 2 * i + 1 : 2 * i].push_back(s);
    };
    for (const Segments* side : {&cut.crossing, &cut.left, &cut.right}) {
      for (const Segment* s : *side) put(s);
    }
    Segments spanning;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i % 2 == 1) {
        std::ranges::copy(places[i], std::back_inserter(spanning));
      } else if (!places[i].empty()) {
        add(std::exchange(spanning, {}), depth + 1);
        add(std::move(places[i]), depth + 1);
      }
    }
    add(std::move(spanning), depth + 1);
  }

  void add_leaf(Segments segments) {
    const Extent extent = extent_of(segments);
    Region region{.frame = frame_, .left = extent.left, .right = extent.right, .lines = {}};
    region.lines = make_lines(std::move(segments));
    regions_.push_back(std::move(region));
  }

  std::uint16_t frame_;
  std::vector<Region> regions_;
};

bool fits_line(const Line& line, const Segment& s) {
  const float shared = std::min(line.bottom(), s.bottom()) - std::max(line.top(), s.top());
  if (shared < 0.5F * std::min(line.size, s.size)) return false;
  const float slack = 0.4F * std::min(line.size, s.size);
  return std::ranges::none_of(line.parts, [&](const Segment* part) {
    return std::min(part->right, s.right) - std::max(part->left, s.left) > slack;
  });
}

void add_to_line(Line& line, const Segment* s) {
  if (line.parts.empty()) {
    line.left = s->left;
    line.right = s->right;
  }
  // The size with the most text is the line's.
  if (line.parts.empty() || s->letters > line.letters) {
    line.baseline = s->baseline;
    line.size = s->size;
  }
  line.left = std::min(line.left, s->left);
  line.right = std::max(line.right, s->right);
  line.letters += s->letters;
  line.parts.push_back(s);
}

void settle(Line& line) {
  std::uint32_t bold = 0, mono = 0, rtl = 0;
  for (const Segment* s : line.parts) {
    bold += s->bold ? s->letters : 0;
    mono += s->mono ? s->letters : 0;
    rtl += s->right_to_left ? s->letters : 0;
  }
  // Bold means the line, not a bold word in it.
  line.bold = 10 * bold > 9 * line.letters;
  line.mono = 10 * mono > 8 * line.letters;
  std::ranges::sort(line.parts, {}, [](const Segment* s) { return s->left; });
  if (2 * rtl > line.letters) std::ranges::reverse(line.parts);
}

}  // namespace

std::vector<Line> make_lines(std::vector<const Segment*> segments) {
  std::ranges::sort(segments, {}, [](const Segment* s) { return std::pair(s->baseline, s); });
  std::vector<Line> lines;
  for (const Segment* s : segments) {
    constexpr std::size_t kLookBack = 4;
    const std::size_t first = lines.size() > kLookBack ? lines.size() - kLookBack : 0;
    std::size_t i = lines.size();
    while (i > first && !fits_line(lines[i - 1], *s)) --i;
    if (i == first) {
      lines.emplace_back();
      i = lines.size();
    }
    add_to_line(lines[i - 1], s);
  }
  for (Line& line : lines) settle(line);
  std::ranges::sort(lines, {},
                    [](const Line& line) { return std::pair(line.baseline, line.left); });
  return lines;
}

std::vector<Region> find_reading_order(const PageText& page) {
  std::vector<Segments> frames(page.frames.size());
  std::vector<std::uint64_t> letters(page.frames.size());
  for (const Segment& s : page.segments) {
    if (s.furniture != nullptr) continue;
    frames[s.frame].push_back(&s);
    letters[s.frame] += s.letters;
  }
  std::vector<std::uint16_t> order;
  for (std::size_t i = 0; i < frames.size(); ++i) order.push_back(static_cast<std::uint16_t>(i));
  std::ranges::sort(order, {}, [&](std::uint16_t i) { return std::pair(~letters[i], i); });
  std::vector<Region> regions;
  for (const std::uint16_t i : order) {
    Order cutter(i);
    cutter.add(std::move(frames[i]), 0);
    std::ranges::move(cutter.take(), std::back_inserter(regions));
  }
  return regions;
}

}  // namespace docmill::document::pdf
