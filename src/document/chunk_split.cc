// SPDX-License-Identifier: Apache-2.0
#include "document/chunk_split.h"

#include <algorithm>

#include "base/utf8.h"

namespace docmill::document {
namespace {

bool is_ascii_space(char c) { return c == ' ' || c == '\n' || c == '\t'; }

bool ends_sentence(std::string_view before) {
  while (!before.empty() && (before.back() == '"' || before.back() == '\'' ||
                             before.back() == ')' || before.back() == ']'))
    before.remove_suffix(1);
  if (before.empty()) return false;
  return before.back() == '.' || before.back() == '!' || before.back() == '?' ||
         before.ends_with("…");
}

bool ends_cjk_sentence(std::string_view before) {
  return before.ends_with("。") || before.ends_with("！") || before.ends_with("？");
}

std::size_t lower_boundary(std::string_view text, std::size_t offset) {
  while (offset > 0 && offset < text.size() &&
         (static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80)
    --offset;
  return offset;
}

// Cuts one element; keeps the state of the walk over its tokens.
class Splitter {
 public:
  Splitter(std::string_view text, TextRange range, const std::vector<TextRange>& tokens,
           SplitStyle style, const SplitBudget& budget)
      : text_(text), range_(range), tokens_(tokens), style_(style), budget_(budget) {}

  std::vector<TextRange> run() {
    std::vector<TextRange> pieces;
    std::uint32_t begin = range_.begin;
    while (begin < range_.end) {
      int limit = std::max(1, pieces.empty() ? budget_.first : budget_.later);
      std::uint32_t end = cut_after(begin, limit);
      pieces.push_back({begin, end});
      if (end >= range_.end) break;
      begin = overlap_start(begin, end);
    }
    return pieces;
  }

 private:
  std::size_t token_at(std::uint32_t offset) const {
    return static_cast<std::size_t>(std::lower_bound(tokens_.begin(), tokens_.end(), offset,
                                                     [](const TextRange& token, std::uint32_t at) {
                                                       return token.begin < at;
                                                     }) -
                                    tokens_.begin());
  }

  // The end of the piece that begins at `begin`: the best cut between half and all of the limit,
  // nearest to pieces of equal size.
  std::uint32_t cut_after(std::uint32_t begin, int limit) const {
    std::size_t first = token_at(begin);
    std::size_t left = tokens_.size() - first;
    std::uint32_t byte_end = range_.end;
    if (range_.end - begin > budget_.bytes_max)
      byte_end = begin + static_cast<std::uint32_t>(budget_.bytes_max);
    auto tokens_max = static_cast<std::size_t>(limit);
    if (left <= tokens_max && byte_end == range_.end) return range_.end;

    std::size_t last = std::min(tokens_.size(), first + tokens_max);
    while (last > first && last < tokens_.size() && tokens_[last].begin > byte_end) --last;
    auto overlap = static_cast<std::size_t>(std::max(0, budget_.overlap));
    std::size_t step = std::max<std::size_t>(1, tokens_max - std::min(overlap, tokens_max / 2));
    std::size_t parts = std::max<std::size_t>(1, (left + step - 1) / step);
    std::size_t goal = first + std::min(tokens_max, left / parts + overlap);

    std::uint32_t best = 0;
    int best_rank = 0;
    std::size_t best_distance = 0;
    for (std::size_t k = first + std::max<std::size_t>(1, tokens_max / 2); k <= last; ++k) {
      if (k >= tokens_.size() || tokens_[k].begin > byte_end) break;
      int rank = cut_rank(text_, tokens_[k].begin, style_);
      std::size_t distance = k > goal ? k - goal : goal - k;
      if (rank > best_rank || (rank == best_rank && rank > 0 && distance < best_distance)) {
        best = tokens_[k].begin;
        best_rank = rank;
        best_distance = distance;
      }
    }
    if (best > begin) return best;
    return hard_cut(begin,
                    last < tokens_.size() ? std::min(tokens_[last].begin, byte_end) : byte_end);
  }

  // A cut inside a word, between characters, at least one character long.
  std::uint32_t hard_cut(std::uint32_t begin, std::uint32_t wanted) const {
    auto cut = static_cast<std::uint32_t>(lower_boundary(text_, wanted));
    if (cut > begin) return std::min(cut, range_.end);
    std::size_t length = std::max<std::size_t>(1, utf8_sequence_length(text_.substr(begin)));
    return std::min(range_.end, begin + static_cast<std::uint32_t>(length));
  }

  // Where the next piece begins: up to `overlap` tokens before `end`, at a good place; else `end`.
  std::uint32_t overlap_start(std::uint32_t begin, std::uint32_t end) const {
    std::size_t last = token_at(end);
    std::size_t first = token_at(begin);
    auto overlap = std::min(static_cast<std::size_t>(std::max(0, budget_.overlap)),
                            (last - std::min(first, last)) / 3);
    std::uint32_t best = end;
    int best_rank = 0;
    for (std::size_t k = last - overlap; k < last; ++k) {
      int rank = cut_rank(text_, tokens_[k].begin, style_);
      if (tokens_[k].begin > begin && rank > best_rank) {
        best = tokens_[k].begin;
        best_rank = rank;
      }
    }
    return best;
  }

  std::string_view text_;
  TextRange range_;
  const std::vector<TextRange>& tokens_;
  SplitStyle style_;
  SplitBudget budget_;
};

}  // namespace

int cut_rank(std::string_view text, std::size_t offset, SplitStyle style) {
  if (offset == 0 || offset >= text.size()) return 0;
  if ((static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80) return -1;
  if (!is_ascii_space(text[offset - 1])) return ends_cjk_sentence(text.substr(0, offset)) ? 3 : 0;
  std::size_t newlines = 0;
  std::size_t word_end = offset;
  while (word_end > 0 && is_ascii_space(text[word_end - 1])) {
    newlines += text[word_end - 1] == '\n' ? 1 : 0;
    --word_end;
  }
  if (newlines > 1) return 4;
  if (style == SplitStyle::kLines) return newlines > 0 ? 3 : 1;
  std::string_view before = text.substr(0, word_end);
  if (ends_sentence(before) || ends_cjk_sentence(before)) return 3;
  return before.ends_with(',') || before.ends_with(';') || before.ends_with(':') ? 2 : 1;
}

std::vector<TextRange> split_text(std::string_view text, TextRange range,
                                  const std::vector<TextRange>& tokens, SplitStyle style,
                                  const SplitBudget& budget) {
  return Splitter(text, range, tokens, style, budget).run();
}

std::uint32_t middle_cut(std::string_view text, TextRange range, SplitStyle style) {
  std::uint32_t size = range.end - range.begin;
  std::uint32_t middle = range.begin + size / 2;
  std::uint32_t best = 0;
  int best_rank = -1;
  auto distance = [&](std::uint32_t offset) {
    return offset > middle ? offset - middle : middle - offset;
  };
  for (std::uint32_t at = range.begin + 1; at < range.end; ++at) {
    if (at < range.begin + size / 4 || at > range.end - size / 4) continue;
    int rank = cut_rank(text, at, style);
    if (rank > best_rank || (rank == best_rank && rank >= 0 && distance(at) < distance(best))) {
      best = at;
      best_rank = rank;
    }
  }
  if (best_rank >= 0) return best;
  std::size_t first = utf8_sequence_length(text.substr(range.begin));
  return first == 0 || first >= size ? range.begin
                                     : range.begin + static_cast<std::uint32_t>(first);
}

int count_tokens(const std::vector<TextRange>& tokens, TextRange range) {
  auto before = [](const TextRange& token, std::uint32_t at) { return token.begin < at; };
  auto first = std::lower_bound(tokens.begin(), tokens.end(), range.begin, before);
  auto last = std::lower_bound(first, tokens.end(), range.end, before);
  return static_cast<int>(last - first);
}

}  // namespace docmill::document
