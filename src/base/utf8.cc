// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include "base/result.h"

namespace docmill {

std::size_t utf8_sequence_length(std::string_view text) {
  if (text.empty()) return 0;
  auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte_at(0);
  if (first < 0x80) return 1;
  std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(i) & 0xC0) != 0x80) return 0;
  unsigned char second = byte_at(1);
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return length;
}

bool is_valid_utf8(std::string_view text) {
  std::size_t position = 0;
  while (position < text.size()) {
    std::size_t length = utf8_sequence_length(text.substr(position));
    if (length == 0) return false;
    position += length;
  }
  return true;
}

std::string to_valid_utf8(std::string_view text, std::size_t* replaced) {
  std::string out;
  out.reserve(text.size());
  std::size_t position = 0;
  std::size_t bad = 0;
  while (position < text.size()) {
    std::size_t length = utf8_sequence_length(text.substr(position));
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++bad;
      ++position;
    } else {
      out.append(text, position, length);
      position += length;
    }
  }
  if (replaced != nullptr) *replaced = bad;
  return out;
}

char32_t decode_utf8(std::string_view text) {
  std::size_t length = utf8_sequence_length(text);
  DOCMILL_CHECK(length > 0);
  auto first = static_cast<unsigned char>(text[0]);
  if (length == 1) return first;
  char32_t value = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return value;
}

void append_utf8(std::string& out, char32_t code_point) {
  auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t size = bytes_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace docmill
