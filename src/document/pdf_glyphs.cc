// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_glyphs.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_map>

#include "base/utf8.h"

namespace docmill::document::pdf {
namespace {

// In units of the font size. A word space is rarely under 0.2, a kern rarely over 0.1; where PDFium
// saw a space too, less is enough.
constexpr float kWordGap = 0.23F;
constexpr float kAgreedWordGap = 0.06F;
// Han and kana are set wide to fill a line.
constexpr float kUnspacedGap = 0.6F;
// Wider gaps end a segment: a column gutter, a table cell or a tab.
constexpr float kSegmentGap = 1.0F;
// Glyphs this near to their twin are bold faked by printing twice.
constexpr float kOverprint = 0.12F;

bool is_right_to_left(char32_t c) {
  return (c >= 0x590 && c <= 0x8FF) || (c >= 0xFB1D && c <= 0xFDFF) || (c >= 0xFE70 && c <= 0xFEFC);
}

// Latin ligatures as letters; "" for anything else.
std::string_view ligature_letters(char32_t c) {
  static constexpr std::string_view kLetters[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
  return c >= 0xFB00 && c <= 0xFB06 ? kLetters[c - 0xFB00] : std::string_view();
}

bool is_private_use(char32_t c) { return (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000; }

}  // namespace

Box Frame::page_box(float left, float top, float right, float bottom) const {
  const float xs[] = {left, right};
  const float ys[] = {top, bottom};
  Box box{.left = 1e9F, .top = 1e9F, .right = -1e9F, .bottom = -1e9F};
  for (float x : xs) {
    for (float y : ys) {
      const float px = x * dx - y * dy;
      const float py = x * dy + y * dx;
      box.left = std::min(box.left, px);
      box.right = std::max(box.right, px);
      box.top = std::min(box.top, py);
      box.bottom = std::max(box.bottom, py);
    }
  }
  return box;
}

bool SegmentBuilder::printed_before(char32_t code_point, float left, const Run& run) const {
  return std::ranges::any_of(last_, [&](const Last& last) {
    return last.code_point == code_point && std::abs(last.left - left) < kOverprint * run.size &&
           std::abs(last.baseline - run.baseline) < kOverprint * run.size;
  });
}

bool SegmentBuilder::continues(const Run& run, char32_t code_point, float left, float right,
                               float* gap) const {
  if (!open_ || segment_.frame != run.frame || segment_.invisible != run.invisible) return false;
  const float size = std::max(segment_.size, run.size);
  const float rise = std::abs(segment_.baseline - run.baseline);
  *gap = left - last_[0].right;
  if (is_right_to_left(code_point) || is_right_to_left(last_[0].code_point)) {
    *gap = std::max(*gap, last_[0].left - right);
  }
  // Superscripts and subscripts belong to the word they stand at; print over print is another line.
  const bool same_line =
      rise < 0.1F * size || (rise < 0.5F * size && *gap < 0.3F * size && *gap > -0.35F * size);
  return same_line && *gap < kSegmentGap * size && *gap > -0.6F * size;
}

// Whether a glyph begins a new word; `gap` is in units of the font size.
bool SegmentBuilder::stands_apart(char32_t code_point, float gap) const {
  if (is_unspaced(code_point) && is_unspaced(last_[0].code_point)) return gap > kUnspacedGap;
  return pending_ == Space::kReal || gap > kWordGap ||
         (pending_ == Space::kGuessed && gap > kAgreedWordGap);
}

void SegmentBuilder::start_segment(const Run& run, float left, float right) {
  close_segment();
  open_ = true;
  segment_ = Segment();
  segment_.begin = static_cast<std::uint32_t>(page_.text.size());
  segment_.left = left;
  segment_.right = right;
  segment_.baseline = run.baseline;
  segment_.size = run.size;
  segment_.frame = run.frame;
  segment_.invisible = run.invisible;
  letters_ = bold_letters_ = mono_letters_ = rtl_letters_ = 0;
}

void SegmentBuilder::close_segment() {
  if (!open_) return;
  open_ = false;
  segment_.end = static_cast<std::uint32_t>(page_.text.size());
  segment_.letters = static_cast<std::uint16_t>(std::min<std::uint32_t>(letters_, 0xFFFF));
  segment_.bold = 2 * bold_letters_ > letters_;
  segment_.mono = 2 * mono_letters_ > letters_;
  segment_.right_to_left = 2 * rtl_letters_ > letters_;
  page_.segments.push_back(segment_);
}

void SegmentBuilder::append(char32_t code_point) {
  if (code_point < 0x80) {
    page_.text.push_back(static_cast<char>(code_point));
  } else if (auto letters = ligature_letters(code_point); !letters.empty()) {
    page_.text += letters;
  } else {
    append_utf8(page_.text, code_point);
  }
}

void SegmentBuilder::drop_glyph(char32_t code_point, const char* reason) {
  const auto letters = ligature_letters(code_point);
  page_.dropped[reason] += letters.empty() ? 1 : letters.size();
}

void SegmentBuilder::add_glyph(const Run& run, const Glyph& glyph) {
  const auto [code_point, left, right, link, same_glyph] = glyph;
  ++glyphs_;
  if (code_point == 0xFFFD || is_private_use(code_point)) ++bad_;
  const bool goes_on = same_glyph && open_;
  if (!goes_on && printed_before(code_point, left, run)) {
    return drop_glyph(code_point, "overprint");
  }
  float gap = 0;
  if (goes_on) {
    pending_ = Space::kNone;
  } else if (!continues(run, code_point, left, right, &gap)) {
    start_segment(run, left, right);
  } else {
    if (stands_apart(code_point, gap / std::max(segment_.size, run.size))) {
      page_.text.push_back(' ');
    }
    segment_.left = std::min(segment_.left, left);
    segment_.right = std::max(segment_.right, right);
    // The larger print is the line; a raised number does not move it.
    if (run.size > 1.15F * segment_.size) {
      segment_.size = run.size;
      segment_.baseline = run.baseline;
    }
  }
  const auto begin = static_cast<std::uint32_t>(page_.text.size());
  append(code_point);
  if (link >= 0) {
    const auto end = static_cast<std::uint32_t>(page_.text.size());
    if (!page_.links.empty() && page_.links.back().href == static_cast<std::uint32_t>(link) &&
        page_.links.back().begin >= segment_.begin && page_.links.back().end + 1 >= begin) {
      page_.links.back().end = end;
    } else {
      page_.links.push_back({.href = static_cast<std::uint32_t>(link), .begin = begin, .end = end});
    }
  }
  ++letters_;
  bold_letters_ += run.bold ? 1 : 0;
  mono_letters_ += run.mono ? 1 : 0;
  rtl_letters_ += is_right_to_left(code_point) ? 1 : 0;
  pending_ = Space::kNone;
  last_[1] = last_[0];
  last_[0] = {.code_point = code_point, .left = left, .right = right, .baseline = run.baseline};
}

// A line printed again over itself, as some programs do for bold or shadow.
void SegmentBuilder::drop_doubled_segments() {
  std::unordered_multimap<std::string_view, const Segment*> known;
  known.reserve(page_.segments.size());
  std::vector<Segment> kept;
  kept.reserve(page_.segments.size());
  for (const Segment& segment : page_.segments) {
    const std::string_view text = page_.text_of(segment);
    const auto [from, to] = known.equal_range(text);
    const float near = 0.3F * segment.size;
    const bool doubled = std::any_of(from, to, [&](const auto& entry) {
      const Segment& other = *entry.second;
      return other.frame == segment.frame && other.invisible == segment.invisible &&
             std::abs(other.size - segment.size) < near &&
             std::abs(other.left - segment.left) < near &&
             std::abs(other.baseline - segment.baseline) < near;
    });
    if (doubled) {
      page_.dropped["overprint"] += count_characters(text);
    } else {
      kept.push_back(segment);
      known.emplace(text, &segment);
    }
  }
  page_.segments = std::move(kept);
}

// Text in an invisible mode is a copy for searching. Where a page shows next to nothing else, it is
// a scan whose recognised text lies under the image: then it is the text.
void SegmentBuilder::settle_invisible() {
  std::uint64_t hidden = 0, shown = 0;
  for (const Segment& segment : page_.segments) {
    (segment.invisible ? hidden : shown) += segment.letters;
  }
  if (hidden == 0) return;
  if (hidden > 10 * shown) {
    page_.hidden_layer = true;
    return;
  }
  std::erase_if(page_.segments, [&](const Segment& segment) {
    if (!segment.invisible) return false;
    page_.invisible += page_.text_of(segment);
    return true;
  });
}

void SegmentBuilder::finish() {
  close_segment();
  drop_doubled_segments();
  settle_invisible();
  page_.garbled = glyphs_ > 0 && 5 * bad_ > glyphs_;
}

}  // namespace docmill::document::pdf
