// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "document/chunker.h"

namespace docmill::document {

// Where one element of a document is cut when it is too long for a chunk.

// A chunk holds at most so many bytes for each token of its limit: words that the tokenizer answers
// with one "unknown" token (base64, hex dumps) must not make a chunk of a megabyte.
inline constexpr std::size_t kBytesPerTokenMax = 32;

enum class SplitStyle : std::uint8_t {
  kProse,  // sentences, then words
  kLines,  // blank lines, lines, then words
};

struct SplitBudget {
  int first = 0;    // tokens of the first piece, which may carry a heading
  int later = 0;    // tokens of the others
  int overlap = 0;  // tokens that a piece repeats of the one before
  std::size_t bytes_max = 0;
};

// How good a cut before the byte at `offset` is: 0 inside a word, higher is better; -1 inside a
// character.
int cut_rank(std::string_view text, std::size_t offset, SplitStyle style);

// Cuts text[range] into pieces that cover it. `tokens` are those of the range, as offsets into
// `text`.
std::vector<TextRange> split_text(std::string_view text, TextRange range,
                                  const std::vector<TextRange>& tokens, SplitStyle style,
                                  const SplitBudget& budget);

// The best place to cut text[range] near its middle; range.begin when it is one character.
std::uint32_t middle_cut(std::string_view text, TextRange range, SplitStyle style);

// Tokens that begin in `range`; `tokens` ascend.
int count_tokens(const std::vector<TextRange>& tokens, TextRange range);

}  // namespace docmill::document
