// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_blocks.h"

#include <algorithm>
#include <cmath>

#include "document/pdf_marker.h"
#include "document/pdf_table.h"

namespace docmill::document::pdf {
namespace {

// Baselines this many usual steps apart are in different paragraphs.
constexpr float kParagraphStep = 1.22F;
constexpr float kHeadingSize = 1.15F;  // of the body's size
constexpr std::size_t kHeadingBytesMax = 200;
constexpr std::size_t kBoldHeadingBytesMax = 100;

bool is_lower_ascii(char c) { return c >= 'a' && c <= 'z'; }

// The usual distance of baselines in the region, 0 when it has too few lines to tell.
float usual_pitch(const Region& region) {
  std::vector<float> pitches;
  for (std::size_t i = 1; i < region.lines.size(); ++i) {
    const float pitch = region.lines[i].baseline - region.lines[i - 1].baseline;
    if (pitch > 0.5F * region.lines[i].size && pitch < 2.2F * region.lines[i].size) {
      pitches.push_back(pitch);
    }
  }
  if (pitches.size() < 3) return 0;
  // The lower third: between paragraphs it is wider, never narrower.
  auto place = pitches.begin() + static_cast<std::ptrdiff_t>(pitches.size() / 3);
  std::ranges::nth_element(pitches, place);
  return *place;
}

class Drafter {
 public:
  Drafter(const PageText& page, const Region& region, float body_size, const Vocabulary& vocabulary)
      : page_(page),
        region_(region),
        body_size_(body_size),
        vocabulary_(vocabulary),
        pitch_(usual_pitch(region)) {}

  std::vector<Draft> run() {
    const std::vector<Line>& lines = region_.lines;
    for (std::size_t i = 0; i < lines.size();) {
      if (auto table = find_table(page_, std::span(lines).subspan(i))) {
        flush();
        add_table(std::move(*table), i);
        i += drafts_.back().lines;
        continue;
      }
      add_line(lines[i++]);
    }
    flush();
    level_lists();
    return std::move(drafts_);
  }

 private:
  std::string_view start_of(const Line& line) const { return page_.text_of(*line.parts.front()); }
  bool is_item(const Line& line) const {
    return !line.parts.front()->mono && marker_length(start_of(line)) > 0 &&
           (line.parts.size() > 1 || !is_marker(start_of(line)));
  }
  bool leads(const Line& line) const {
    return std::ranges::any_of(line.parts,
                               [&](const Segment* s) { return has_leaders(page_.text_of(*s)); });
  }

  // Whether the writer ended `before` although the first word of `line` had room there.
  bool ended_early(const Line& before, const Line& line) const {
    const std::string_view start = start_of(line);
    if (start.empty() || is_lower_ascii(start.front()) || line.letters == 0) return false;
    if (line.size > kHeadingSize * body_size_) return false;
    const auto word = static_cast<float>(std::min(start.find(' '), start.size()));
    const float room = region_.right - before.right;
    const float letter = (line.right - line.left) / static_cast<float>(line.letters);
    return room > 2 * word * letter + line.size && room > 0.15F * (region_.right - region_.left);
  }

  bool starts_paragraph(const Line& line) const {
    const Line& before = *lines_.back();
    if (line.mono != before.mono) return true;
    const float size = std::max(line.size, before.size);
    if (std::min(line.size, before.size) < 0.87F * size) return true;
    const float step = line.baseline - before.baseline;
    const float usual = pitch_ > 0 && pitch_ < 2 * size ? pitch_ : 1.3F * size;
    if (step > kParagraphStep * std::max(usual, 1.1F * size) + 0.3F)
      return !line.mono || step > 3.5F * size;
    if (step < 0) return true;
    if (line.mono) return false;
    if (line.bold != before.bold && line.letters > 1 && before.letters > 1) return true;
    if (leads(line) || leads(before)) return true;
    if (is_item(line) &&
        (item_ || ended_early(before, line) || is_bullet(start_of(line)) ||
         before.left - line.left > 0.5F * size || line.left - before.left > 0.5F * size)) {
      return true;
    }
    // A divided word goes on, however its line is indented.
    if (page_.text_of(*before.parts.back()).ends_with('-') && !start_of(line).empty() &&
        is_lower_ascii(start_of(line).front())) {
      return false;
    }
    const float indent = line.left - before.left;
    const bool full = region_.right - before.right < 2 * size;
    if (item_) return indent < -0.8F * size && lines_.size() > 1;
    if (indent > 0.9F * size && (lines_.size() > 1 || !full)) return !is_centred(line, before);
    return ended_early(before, line) && !is_centred(line, before);
  }

  bool is_centred(const Line& a, const Line& b) const {
    const float middle = (region_.left + region_.right) / 2;
    return std::abs((a.left + a.right) / 2 - middle) < a.size &&
           std::abs((b.left + b.right) / 2 - middle) < a.size &&
           (a.left > region_.left + 2 * a.size || b.left > region_.left + 2 * a.size);
  }

  void add_line(const Line& line) {
    if (!lines_.empty() && starts_paragraph(line)) flush();
    if (lines_.empty()) item_ = is_item(line);
    lines_.push_back(&line);
  }

  Box box_of(const std::vector<const Line*>& lines) const {
    float left = 1e9F, right = -1e9F, top = 1e9F, bottom = -1e9F;
    for (const Line* line : lines) {
      left = std::min(left, line->left);
      right = std::max(right, line->right);
      top = std::min(top, line->top());
      bottom = std::max(bottom, line->bottom());
    }
    return page_.frames[region_.frame].page_box(left, top, right, bottom);
  }

  void flush() {
    if (lines_.empty()) return;
    Draft draft;
    draft.lines = lines_.size();
    draft.size = lines_.front()->size;
    draft.bold = std::ranges::all_of(lines_, &Line::bold);
    draft.box = box_of(lines_);
    // One short line of fixed pitch is a name or an address more often than a program.
    if (lines_.front()->mono && lines_.size() > 1) {
      draft.kind = BlockKind::kCode;
      float left = 1e9F;
      for (const Line* line : lines_) left = std::min(left, line->left);
      for (const Line* line : lines_) append_code_line(draft.joined, page_, *line, left);
    } else {
      for (const Line* line : lines_) append_line(draft.joined, page_, *line, vocabulary_);
      if (item_) cut_marker(draft);
    }
    lefts_.push_back(lines_.front()->left);
    drafts_.push_back(std::move(draft));
    lines_.clear();
    item_ = false;
  }

  void cut_marker(Draft& draft) const {
    std::string& text = draft.joined.text;
    const std::size_t length = marker_length(text);
    if (length == 0 || length + 1 >= text.size()) return;
    draft.kind = BlockKind::kListItem;
    draft.marker = clean_marker(std::string_view(text).substr(0, length));
    draft.marker_characters = count_characters(std::string_view(text).substr(0, length));
    const auto cut = static_cast<std::uint32_t>(length + 1);
    text.erase(0, cut);
    for (JoinedText::Piece& piece : draft.joined.pieces) {
      const std::uint32_t lost = piece.begin >= cut ? 0 : cut - piece.begin;
      piece.source_begin = std::min(piece.source_end, piece.source_begin + lost);
      piece.begin -= std::min(piece.begin, cut);
    }
  }

  void add_table(FoundTable&& found, std::size_t first) {
    Draft draft;
    draft.kind = BlockKind::kTable;
    draft.lines = found.lines;
    draft.table = std::move(found.table);
    draft.cells = std::move(found.texts);
    std::vector<const Line*> lines;
    for (std::size_t i = 0; i < found.lines; ++i) lines.push_back(&region_.lines[first + i]);
    draft.box = box_of(lines);
    lefts_.push_back(lines.front()->left);
    drafts_.push_back(std::move(draft));
  }

  // Depth of neighbouring items by their indents.
  void level_lists() {
    std::vector<float> open;
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      Draft& draft = drafts_[i];
      if (draft.kind != BlockKind::kListItem) {
        if (draft.kind != BlockKind::kParagraph) open.clear();
        continue;
      }
      const float slack = 0.5F * draft.size;
      while (!open.empty() && open.back() > lefts_[i] + slack) open.pop_back();
      if (open.empty() || open.back() < lefts_[i] - slack) open.push_back(lefts_[i]);
      draft.level = static_cast<int>(std::min<std::size_t>(open.size(), 9));
    }
  }

  const PageText& page_;
  const Region& region_;
  float body_size_;
  const Vocabulary& vocabulary_;
  float pitch_;
  std::vector<const Line*> lines_;
  bool item_ = false;
  std::vector<Draft> drafts_;
  std::vector<float> lefts_;
};

}  // namespace

std::vector<Draft> make_drafts(const PageText& page, const Region& region, float body_size,
                               const Vocabulary& vocabulary) {
  return Drafter(page, region, body_size, vocabulary).run();
}

bool looks_like_heading(const Draft& draft, float body_size, bool body_bold) {
  const std::string_view text = draft.joined.text;
  const bool numbered = draft.kind == BlockKind::kListItem && !is_bullet(draft.marker);
  if (draft.kind != BlockKind::kParagraph && !numbered) return false;
  if (draft.lines > 4 || text.size() > kHeadingBytesMax || has_leaders(text)) return false;
  const auto letters = std::ranges::count_if(text, [](char c) {
    return is_lower_ascii(c) || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  });
  if (letters < 2) return false;
  if (draft.size >= kHeadingSize * body_size) return true;
  const bool sentence = text.ends_with('.') || text.ends_with(',') || text.ends_with(';');
  return draft.bold && !body_bold && draft.lines <= 2 && text.size() <= kBoldHeadingBytesMax &&
         draft.size >= 0.95F * body_size && !sentence && !text.ends_with(':');
}

}  // namespace docmill::document::pdf
