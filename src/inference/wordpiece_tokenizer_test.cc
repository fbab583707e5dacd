// SPDX-License-Identifier: Apache-2.0
#include "inference/wordpiece_tokenizer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "base/hash.h"
#include "base/utf8.h"

namespace docmill::inference {
namespace {

const WordPieceTokenizer& tokenizer() {
  static const WordPieceTokenizer kTokenizer =
      WordPieceTokenizer::load(DOCMILL_SOURCE_DIR "/.deps/native/minilm/vocab.txt").value();
  return kTokenizer;
}

std::vector<std::string> pieces(std::string_view text) {
  std::vector<std::string> out;
  for (TokenSpan span : tokenizer().spans(text))
    out.emplace_back(text.substr(span.begin, span.end - span.begin));
  return out;
}

using Ids = std::vector<std::int32_t>;
using Pieces = std::vector<std::string>;

template <typename Number>
Number take(std::string_view& bytes) {
  Number number;
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

// The records are described in tests/support/make_tokenizer_golden.py.
TEST(WordPieceTokenizer, IdsEqualTheReferenceOnEveryGoldenString) {
  const char* other = std::getenv("DOCMILL_TOKENIZER_GOLDEN");
  std::ifstream file(other ? other : DOCMILL_SOURCE_DIR "/tests/data/tokenizer_golden.bin",
                     std::ios::binary);
  std::string all{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::string_view rest = all;
  std::size_t records = 0, different = 0;
  while (!rest.empty()) {
    auto length = take<std::uint16_t>(rest);
    std::string_view text = rest.substr(0, length);
    rest.remove_prefix(length);
    auto id_count = take<std::uint16_t>(rest);
    std::string_view digest = rest.substr(0, 8);
    rest.remove_prefix(digest.size());
    ++records;
    Ids ids = tokenizer().encode(text);
    ASSERT_EQ(ids.size(), tokenizer().count(text));
    ASSERT_EQ(ids.size(), tokenizer().spans(text).size() + 2);
    Hash hash = sha256({reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof ids[0]});
    if (ids.size() == id_count && std::memcmp(hash.bytes.data(), digest.data(), 8) == 0) continue;
    if (++different <= 10)
      ADD_FAILURE() << "record " << records << ": " << testing::PrintToString(text) << " gives "
                    << testing::PrintToString(ids) << ", the reference has " << id_count << " ids";
  }
  EXPECT_GE(records, 10'000u);
  EXPECT_EQ(different, 0u);
}

TEST(WordPieceTokenizer, SplitsWordsIntoTheLongestKnownPieces) {
  EXPECT_EQ(tokenizer().encode("Tokenization works."), (Ids{101, 19204, 3989, 2573, 1012, 102}));
  EXPECT_EQ(tokenizer().encode(""), (Ids{101, 102}));
}

TEST(WordPieceTokenizer, SpecialWordsInTextAreSpecialTokens) {
  EXPECT_EQ(tokenizer().encode("a[SEP]b [sep]"),
            (Ids{101, 1037, 102, 1038, 1031, 19802, 1033, 102}));
}

TEST(WordPieceTokenizer, WordsOverOneHundredCharactersAreUnknown) {
  EXPECT_EQ(tokenizer().encode(std::string(101, 'a')), (Ids{101, 100, 102}));
  EXPECT_GT(tokenizer().encode(std::string(100, 'a')).size(), 3u);
}

TEST(WordPieceTokenizer, SpansAreBytesOfTheOriginalText) {
  EXPECT_EQ(pieces("  Caf\u00e9 tokenization!"), (Pieces{"Caf\u00e9", "token", "ization", "!"}));
  EXPECT_EQ(pieces("cafe\u0301s"), (Pieces{"cafe\u0301s"}));
  EXPECT_EQ(pieces("\u6771\u4eac x"), (Pieces{"\u6771", "\u4eac", "x"}));
  EXPECT_EQ(pieces("go [MASK]"), (Pieces{"go", "[MASK]"}));
}

TEST(WordPieceTokenizer, BytesThatAreNotUtf8CountAsNothing) {
  EXPECT_EQ(tokenizer().encode("wo\xffrk\x80s \xf0\x9f"), tokenizer().encode("works"));
}

TEST(WordPieceTokenizer, AnyBytesGiveSpansWithinTheText) {
  const unsigned seed = 20262;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 60, '\0');
    for (char& byte : text) byte = static_cast<char>(random() % 3 ? random() : 'a' + random() % 4);
    for (TokenSpan span : tokenizer().spans(text)) {
      ASSERT_LT(span.begin, span.end);
      ASSERT_LE(span.end, text.size());
    }
  }
}

TEST(WordPieceTokenizer, RefusesABrokenVocabulary) {
  EXPECT_EQ(WordPieceTokenizer::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n").error().code,
            ErrorCode::kCorruptData);
  EXPECT_EQ(WordPieceTokenizer::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n").error().code,
            ErrorCode::kCorruptData);
  EXPECT_EQ(WordPieceTokenizer::load("/nowhere/vocab.txt").error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace docmill::inference
