// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace docmill::document::html {

// HTML's white space (and no more: a no-break space is text).
constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

// The text of one block as CSS white-space processing makes it: runs become one space, none at the
// start or the end or beside a line break. Written-as-is text keeps every character.
class InlineText {
 public:
  void append(std::string_view text, bool in_link);
  void append_verbatim(std::string_view text, bool in_link);
  void line_break();
  // Word boundary without a character in the source, as between the blocks in a table cell.
  void boundary() { pending_space_ = true; }

  bool empty() const { return text_.empty(); }
  std::size_t size() const { return text_.size(); }
  // Line breaks that will come before the next character.
  int pending_breaks() const { return pending_breaks_; }
  std::uint32_t characters() const { return characters_; }
  std::uint32_t link_characters() const { return link_characters_; }
  std::string_view view() const { return text_; }
  // The text; the object is empty afterwards.
  std::string take();

 private:
  void write_pending();
  void append_word(std::string_view word);

  std::string text_;
  bool pending_space_ = false;
  int pending_breaks_ = 0;
  std::uint32_t characters_ = 0;
  std::uint32_t link_characters_ = 0;
};

}  // namespace docmill::document::html
