// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace docmill::document {

// Charsets by the names and labels of the WHATWG Encoding Standard, as browsers read them: the
// label "iso-8859-1" means windows-1252, "gb2312" means GBK. Names here are the standard's, lower
// case.

// The charset that a label means; empty for an unknown label and for those the standard refuses.
std::string charset_of_label(std::string_view label);

// The charset that a byte order mark names; empty without one. `mark_size` is its length in bytes.
std::string charset_of_mark(std::string_view bytes, std::size_t* mark_size = nullptr);

struct CharsetChoice {
  std::string name;
  bool guessed = false;       // by statistics: worth a warning ("charset_guessed")
  std::size_t mark_size = 0;  // bytes of the mark, to be left out
};

// Decides from everything at hand: byte order mark; text that is valid UTF-8 beyond ASCII (whatever
// the labels claim, other charsets do not produce it by chance); then the labels in the order given
// (header before meta), but for one that says UTF-8 or UTF-16 against the bytes; then zero bytes of
// UTF-16; then statistics; at last windows-1252.
CharsetChoice choose_charset(std::string_view bytes, const std::vector<std::string>& labels);

// `bytes` as UTF-8. Sequences that the charset does not know become U+FFFD and are counted in
// `replaced`. invalid_argument for a charset that is none of charset_of_label's answers.
Result<std::string> to_utf8(std::string_view bytes, std::string_view charset,
                            std::size_t* replaced = nullptr);

struct DecodedText {
  std::string text;  // without byte order mark
  std::string charset;
  std::vector<std::string> warnings;  // "charset_guessed", "undecodable_bytes:3"
  std::size_t mark_size = 0;
  bool same_bytes = false;  // text is the input after the mark, byte for byte
};

// choose_charset and to_utf8 in one step.
DecodedText decode_text(std::string_view bytes, const std::vector<std::string>& labels);

}  // namespace docmill::document
