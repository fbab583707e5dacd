// SPDX-License-Identifier: Apache-2.0
#include "inference/wordpiece_tokenizer.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/utf8.h"
#include "inference/bert_normalizer.h"

namespace docmill::inference {
namespace {

constexpr std::string_view kContinuation = "##";
// max_input_chars_per_word of the model's tokenizer.json.
constexpr std::size_t kWordCharactersMax = 100;
// The added tokens of tokenizer.json: found in the text as it is, before any normalisation.
constexpr std::array<std::string_view, 5> kSpecialTokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]",
                                                            "[MASK]"};
enum Special : std::size_t { kPad, kUnknown, kClassify, kSeparate, kMask };

struct SpecialMatch {
  std::size_t begin;
  std::size_t token;
};

std::optional<SpecialMatch> find_special(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('[', from); at != text.npos; at = text.find('[', at + 1)) {
    for (std::size_t token = 0; token < kSpecialTokens.size(); ++token)
      if (text.substr(at).starts_with(kSpecialTokens[token])) return SpecialMatch{at, token};
  }
  return std::nullopt;
}

}  // namespace

struct WordPieceTokenizer::Vocabulary {
  using Pieces = std::unordered_map<std::string_view, std::int32_t>;

  std::string bytes;  // what the keys point into
  Pieces first;       // pieces that start a word
  Pieces later;       // pieces that continue one, without "##"
  std::size_t size = 0;
  std::size_t piece_bytes_max = 0;
  std::array<std::int32_t, kSpecialTokens.size()> special{};

  Status read();
  template <typename Emit>
  void tokenize(std::string_view text, Emit emit) const;
  template <typename Emit>
  void tokenize_word(std::span<const NormalizedChar> word, Emit& emit) const;
};

Status WordPieceTokenizer::Vocabulary::read() {
  first.reserve(std::size_t{1} << 15);
  later.reserve(std::size_t{1} << 13);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    std::size_t length = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool continues = line.size() > kContinuation.size() && line.starts_with(kContinuation);
    if (continues) line.remove_prefix(kContinuation.size());
    Pieces& pieces = continues ? later : first;
    if (!pieces.emplace(line, static_cast<std::int32_t>(size)).second)
      return fail(ErrorCode::kCorruptData, "the vocabulary names a token twice");
    piece_bytes_max = std::max(piece_bytes_max, line.size());
    ++size;
  }
  for (std::size_t i = 0; i < kSpecialTokens.size(); ++i) {
    auto found = first.find(kSpecialTokens[i]);
    if (found == first.end())
      return fail(ErrorCode::kCorruptData,
                  "the vocabulary has no " + std::string(kSpecialTokens[i]) + " token");
    special[i] = found->second;
  }
  return {};
}

// Greedy longest match; the word's pieces are emitted only when all of it is spelled.
template <typename Emit>
void WordPieceTokenizer::Vocabulary::tokenize_word(std::span<const NormalizedChar> word,
                                                   Emit& emit) const {
  struct Piece {
    std::int32_t id;
    std::uint32_t begin, end;
  };
  std::array<Piece, kWordCharactersMax> pieces;
  std::size_t piece_count = 0;
  const auto unknown = [&] {
    std::uint32_t begin = word.front().begin, end = word.front().end;
    for (const NormalizedChar& c : word)
      begin = std::min(begin, c.begin), end = std::max(end, c.end);
    emit(special[kUnknown], TokenSpan{begin, end});
  };
  if (word.size() > kWordCharactersMax) return unknown();

  std::array<char, kWordCharactersMax * 4> bytes_of_word;
  std::array<std::uint16_t, kWordCharactersMax + 1> starts;
  std::size_t used = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    starts[i] = static_cast<std::uint16_t>(used);
    if (word[i].code_point < 0x80) {
      bytes_of_word[used++] = static_cast<char>(word[i].code_point);
      continue;
    }
    std::string sequence;
    append_utf8(sequence, word[i].code_point);
    used = static_cast<std::size_t>(std::ranges::copy(sequence, bytes_of_word.begin() + used).out -
                                    bytes_of_word.begin());
  }
  starts[word.size()] = static_cast<std::uint16_t>(used);

  for (std::size_t start = 0; start < word.size();) {
    const Pieces& candidates = start == 0 ? first : later;
    std::size_t end = word.size();
    while (end > start && starts[end] - starts[start] > piece_bytes_max) --end;
    for (; end > start; --end) {
      std::string_view piece(bytes_of_word.data() + starts[start],
                             static_cast<std::size_t>(starts[end] - starts[start]));
      auto found = candidates.find(piece);
      if (found == candidates.end()) continue;
      pieces[piece_count++] = {found->second, word[start].begin, word[end - 1].end};
      break;
    }
    if (end == start) return unknown();
    start = end;
  }
  for (std::size_t i = 0; i < piece_count; ++i)
    emit(pieces[i].id, TokenSpan{pieces[i].begin, pieces[i].end});
}

template <typename Emit>
void WordPieceTokenizer::Vocabulary::tokenize(std::string_view text, Emit emit) const {
  std::vector<NormalizedChar> characters;
  for (std::size_t at = 0; at < text.size();) {
    std::optional<SpecialMatch> match = find_special(text, at);
    const std::size_t end = match ? match->begin : text.size();
    characters.clear();
    normalize_bert(text.substr(at, end - at), static_cast<std::uint32_t>(at), characters);
    const std::span<const NormalizedChar> all = characters;
    for (std::size_t i = 0; i < all.size();) {
      using Kind = NormalizedChar::Kind;
      if (all[i].kind == Kind::kSpace) {
        ++i;
        continue;
      }
      std::size_t length = 1;
      if (all[i].kind == Kind::kLetter)
        while (i + length < all.size() && all[i + length].kind == Kind::kLetter) ++length;
      tokenize_word(all.subspan(i, length), emit);
      i += length;
    }
    at = end;
    if (match) {
      at += kSpecialTokens[match->token].size();
      emit(special[match->token],
           TokenSpan{static_cast<std::uint32_t>(end), static_cast<std::uint32_t>(at)});
    }
  }
}

WordPieceTokenizer::WordPieceTokenizer(std::unique_ptr<Vocabulary> vocabulary)
    : vocabulary_(std::move(vocabulary)) {}
WordPieceTokenizer::~WordPieceTokenizer() = default;
WordPieceTokenizer::WordPieceTokenizer(WordPieceTokenizer&&) noexcept = default;
WordPieceTokenizer& WordPieceTokenizer::operator=(WordPieceTokenizer&&) noexcept = default;

Result<WordPieceTokenizer> WordPieceTokenizer::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return fail(ErrorCode::kUnavailable, "cannot read the vocabulary " + path);
  return parse(std::move(bytes));
}

Result<WordPieceTokenizer> WordPieceTokenizer::parse(std::string vocabulary) {
  auto made = std::make_unique<Vocabulary>();
  made->bytes = std::move(vocabulary);
  DOCMILL_TRY_VOID(made->read());
  return WordPieceTokenizer(std::move(made));
}

std::vector<std::int32_t> WordPieceTokenizer::encode(std::string_view text) const {
  std::vector<std::int32_t> ids = {vocabulary_->special[kClassify]};
  vocabulary_->tokenize(text, [&](std::int32_t id, TokenSpan) { ids.push_back(id); });
  ids.push_back(vocabulary_->special[kSeparate]);
  return ids;
}

std::size_t WordPieceTokenizer::count(std::string_view text) const {
  std::size_t tokens = 2;
  vocabulary_->tokenize(text, [&](std::int32_t, TokenSpan) { ++tokens; });
  return tokens;
}

std::vector<TokenSpan> WordPieceTokenizer::spans(std::string_view text) const {
  std::vector<TokenSpan> out;
  vocabulary_->tokenize(text, [&](std::int32_t, TokenSpan span) { out.push_back(span); });
  return out;
}

std::size_t WordPieceTokenizer::vocabulary_size() const { return vocabulary_->size; }

}  // namespace docmill::inference
