// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace docmill {

// Length in bytes of the valid UTF-8 sequence at the start of `text` (1–4), or 0 when it is none:
// overlong forms, surrogates and values over U+10FFFF are invalid (Unicode 15, table 3-7).
std::size_t utf8_sequence_length(std::string_view text);

bool is_valid_utf8(std::string_view text);

// `text` with every invalid byte replaced by U+FFFD; `replaced` counts them where given.
std::string to_valid_utf8(std::string_view text, std::size_t* replaced = nullptr);

// The code point at the start of `text`, which must be valid UTF-8 and not empty.
char32_t decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);

// Number of code points in valid UTF-8.
std::size_t count_code_points(std::string_view text);

// The longest prefix of valid `text` with at most `bytes_max` bytes that cuts no sequence.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace docmill
