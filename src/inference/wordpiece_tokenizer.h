// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace docmill::inference {

// Bytes of the original text that a token stands for. Tokens made from one character (jamo of a
// Hangul syllable) share its range; a mark that normalisation drops belongs to the token before it.
struct TokenSpan {
  std::uint32_t begin, end;
  bool operator==(const TokenSpan&) const = default;
};

// The uncased WordPiece tokenizer of BERT models. Its ids equal those of the reference
// (`tokenizers` 0.23.3 with the model's tokenizer.json, truncation and padding off) for every text:
// the words [PAD] [UNK] [CLS] [SEP] [MASK] in a text become the special tokens, a word over 100
// characters or without a spelling becomes one [UNK]. Texts may be up to 4 GiB; bytes that are not
// UTF-8 count as nothing. Never fails on a text. Immutable, so any thread may call it.
class WordPieceTokenizer {
 public:
  // Reads `vocab.txt`: one token a line, its id the line's number. unavailable when the file cannot
  // be read; corrupt_data when a special token is missing or a token stands twice.
  static Result<WordPieceTokenizer> load(const std::string& path);
  static Result<WordPieceTokenizer> parse(std::string vocabulary);

  ~WordPieceTokenizer();
  WordPieceTokenizer(WordPieceTokenizer&&) noexcept;
  WordPieceTokenizer& operator=(WordPieceTokenizer&&) noexcept;

  // [CLS], the text's tokens, [SEP]: what the encoder takes.
  std::vector<std::int32_t> encode(std::string_view text) const;

  // Length of `encode(text)`.
  std::size_t count(std::string_view text) const;

  // The text's tokens without [CLS] and [SEP], by the bytes they stand for; begins ascend except
  // between marks that normalisation reorders.
  std::vector<TokenSpan> spans(std::string_view text) const;

  std::size_t vocabulary_size() const;

 private:
  struct Vocabulary;
  explicit WordPieceTokenizer(std::unique_ptr<Vocabulary> vocabulary);
  std::unique_ptr<Vocabulary> vocabulary_;
};

}  // namespace docmill::inference
