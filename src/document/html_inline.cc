// SPDX-License-Identifier: Apache-2.0
#include "document/html_inline.h"

#include <algorithm>
#include <utility>

namespace docmill::document::html {

void InlineText::write_pending() {
  if (!text_.empty()) {
    if (pending_breaks_ > 0) {
      text_.append(static_cast<std::size_t>(pending_breaks_), '\n');
    } else if (pending_space_) {
      text_ += ' ';
    }
  }
  pending_space_ = false;
  pending_breaks_ = 0;
}

void InlineText::append(std::string_view text, bool in_link) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_space(text[at])) {
      pending_space_ = true;
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < text.size() && !is_space(text[end])) ++end;
    write_pending();
    append_word(text.substr(at, end - at));
    characters_ += static_cast<std::uint32_t>(end - at);
    if (in_link) link_characters_ += static_cast<std::uint32_t>(end - at);
    at = end;
  }
}

// Soft hyphens only say where a word may be broken: without them it can be found.
void InlineText::append_word(std::string_view word) {
  constexpr std::string_view kSoftHyphen = "\u00ad";
  for (auto at = word.find(kSoftHyphen); at != std::string_view::npos;
       at = word.find(kSoftHyphen)) {
    text_ += word.substr(0, at);
    word.remove_prefix(at + kSoftHyphen.size());
  }
  text_ += word;
}

void InlineText::append_verbatim(std::string_view text, bool in_link) {
  if (text.empty()) return;
  write_pending();
  text_ += text;
  const auto spaces = std::ranges::count_if(text, is_space);
  const auto characters =
      static_cast<std::uint32_t>(text.size() - static_cast<std::size_t>(spaces));
  characters_ += characters;
  if (in_link) link_characters_ += characters;
}

void InlineText::line_break() {
  pending_breaks_ = std::min(pending_breaks_ + 1, 2);
  pending_space_ = false;
}

std::string InlineText::take() {
  pending_space_ = false;
  pending_breaks_ = 0;
  characters_ = 0;
  link_characters_ = 0;
  return std::exchange(text_, {});
}

}  // namespace docmill::document::html
