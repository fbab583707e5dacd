// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_marker.h"

#include <algorithm>
#include <array>
#include <utility>

namespace docmill::document::pdf {
namespace {

constexpr std::array<std::string_view, 24> kBullets = {
    "\u2022", "\u25E6", "\u25AA", "\u25AB", "\u2023", "\u2043", "\u25CF", "\u25CB",
    "\u25A0", "\u25A1", "\u25B6", "\u27A2", "\u2713", "\u2714", "\u2605", "\u2666",
    "\uF0B7", "\uF0A7", "\uF0D8", "\uF076", "\u2013", "\u2014", "-",      "*"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

std::size_t bullet_length(std::string_view text) {
  for (std::string_view bullet : kBullets) {
    if (text.starts_with(bullet)) return bullet.size();
  }
  return 0;
}

// "12", "iv", "b" or "B".
std::size_t label_length(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  if (n > 0) return n <= 3 ? n : 0;
  while (n < text.size() && n < 4 &&
         std::string_view("ivx").find(text[n]) != std::string_view::npos) {
    ++n;
  }
  if (n > 1) return n;
  return !text.empty() && (is_small(text[0]) || is_capital(text[0])) ? 1 : 0;
}

std::size_t number_length(std::string_view text) {
  const bool open = text.starts_with('(') || text.starts_with('[');
  const std::size_t label = label_length(text.substr(open ? 1 : 0));
  if (label == 0) return 0;
  const std::size_t end = label + (open ? 1 : 0);
  if (end >= text.size()) return 0;
  const char closing = text[end];
  if (open) return closing == (text[0] == '(' ? ')' : ']') ? end + 1 : 0;
  if (closing == ')') return end + 1;
  // "A." may be an initial; "B. Smith" is more likely than a list.
  return closing == '.' && !is_capital(text[0]) ? end + 1 : 0;
}

}  // namespace

std::size_t marker_length(std::string_view text) {
  std::size_t length = bullet_length(text);
  if (length == 0) length = number_length(text);
  return length > 0 && (length == text.size() || text[length] == ' ') ? length : 0;
}

bool is_marker(std::string_view text) {
  return !text.empty() && marker_length(text) == text.size();
}

bool is_bullet(std::string_view marker) { return bullet_length(marker) > 0; }

std::string clean_marker(std::string_view marker) {
  const bool symbol_font = marker.starts_with("\xEF\x81") || marker.starts_with("\xEF\x82") ||
                           marker.starts_with("\xEF\x83");  // U+F040 to U+F0FF
  return symbol_font ? "\u2022" : std::string(marker);
}

bool has_leaders(std::string_view text) {
  return text.find("....") != std::string_view::npos ||
         text.find(". . . .") != std::string_view::npos;
}

std::size_t remove_leaders(std::string& text) {
  std::string out;
  std::size_t removed = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i, dots = 0;
    while (end < text.size() && (text[end] == '.' || (dots > 0 && text[end] == ' '))) {
      dots += text[end++] == '.' ? 1 : 0;
    }
    if (dots >= 4) {
      removed += dots;
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
      i = end;
    } else {
      out.push_back(text[i++]);
    }
  }
  text = std::move(out);
  return removed;
}

}  // namespace docmill::document::pdf
