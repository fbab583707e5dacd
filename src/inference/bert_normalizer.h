// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace docmill::inference {

// A character of normalised text and the bytes of the original it stands for, marks that were
// dropped after it included. Characters made from one original character share its bytes.
struct NormalizedChar {
  enum class Kind : std::uint8_t { kLetter, kSpace, kAlone };

  char32_t code_point;
  Kind kind;  // kAlone: punctuation or an ideograph, a word of its own
  std::uint32_t begin, end;
};

// BERT's uncased normalisation, equal to `tokenizers` 0.23.3 BertNormalizer with clean_text,
// handle_chinese_chars, strip_accents and lowercase. Bytes that are not UTF-8 vanish, as U+FFFD
// does. `offset` is added to the byte ranges. Appends to `out`. Thread-safe.
void normalize_bert(std::string_view text, std::uint32_t offset, std::vector<NormalizedChar>& out);

}  // namespace docmill::inference
