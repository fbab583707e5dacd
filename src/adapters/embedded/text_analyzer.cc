// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/text_analyzer.h"

#include <libstemmer.h>
#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <array>

#include "base/result.h"
#include "base/utf8.h"

namespace docmill::embedded {
namespace {

constexpr std::size_t kWordBytesMax = 64;
// Stems remembered by one analyzer: words repeat, and stemming costs more than looking up.
constexpr std::size_t kStemsMax = 50'000;

// Lucene 9, EnglishAnalyzer.ENGLISH_STOP_WORDS_SET; sorted.
constexpr std::array<std::string_view, 33> kStopWords = {
    "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
    "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
    "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};

// Unicode's character classes from the C library, whatever locale the process runs in.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

enum class CharClass { kOther, kLower, kUpper, kDigit, kIdeograph };

bool is_ideograph(char32_t c) {
  return (c >= 0x3041 && c <= 0x30FF && c != 0x30FB) || (c >= 0x3400 && c <= 0x9FFF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

CharClass class_of(char32_t c) {
  if (c < 0x80) {
    if (c >= 'a' && c <= 'z') return CharClass::kLower;
    if (c >= 'A' && c <= 'Z') return CharClass::kUpper;
    return c >= '0' && c <= '9' ? CharClass::kDigit : CharClass::kOther;
  }
  if (is_ideograph(c)) return CharClass::kIdeograph;
  const locale_t locale = unicode_locale();
  if (locale == nullptr) return CharClass::kLower;
  const auto wide = static_cast<wint_t>(c);
  if (iswupper_l(wide, locale)) return CharClass::kUpper;
  return iswalnum_l(wide, locale) ? CharClass::kLower : CharClass::kOther;
}

void append_lower(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return;
  }
  const locale_t locale = unicode_locale();
  append_utf8(out, locale == nullptr
                       ? c
                       : static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), locale)));
}

// Cuts text into words, lower-cased; part boundaries of camel case are kept beside the word.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  // False at the end. `parts` are the begins of camel-case parts after the first.
  bool next(std::string& word, std::vector<std::size_t>& parts) {
    word.clear();
    parts.clear();
    CharClass before = CharClass::kOther;
    while (at_ < text_.size()) {
      const auto [c, size] = decode(at_);
      const CharClass now = class_of(c);
      if (now == CharClass::kIdeograph && !word.empty()) return true;
      if (now == CharClass::kOther) {
        const bool joins = !word.empty() && joins_at(c, size, before);
        at_ += size;
        if (joins) {
          word += c == '.' || c == ',' ? static_cast<char>(c) : '\'';
          continue;
        }
        if (!word.empty()) return true;
        continue;
      }
      if (starts_part(before, now, size) && !word.empty()) parts.push_back(word.size());
      append_lower(word, c);
      at_ += size;
      before = now;
      if (now == CharClass::kIdeograph) return true;
    }
    return !word.empty();
  }

 private:
  struct Decoded {
    char32_t c;
    std::size_t size;
  };
  Decoded decode(std::size_t at) const {
    const auto byte = static_cast<unsigned char>(text_[at]);
    if (byte < 0x80) return {byte, 1};
    const std::size_t size = utf8_sequence_length(text_.substr(at));
    if (size == 0) return {0xFFFD, 1};
    return {decode_utf8(text_.substr(at, size)), size};
  }
  CharClass class_at(std::size_t at) const {
    return at < text_.size() ? class_of(decode(at).c) : CharClass::kOther;
  }

  // An apostrophe between letters, a point or comma between digits.
  bool joins_at(char32_t c, std::size_t size, CharClass before) const {
    const CharClass after = class_at(at_ + size);
    if (c == '\'' || c == 0x2019)
      return before != CharClass::kDigit &&
             (after == CharClass::kLower || after == CharClass::kUpper);
    if (c == '.' || c == ',') return before == CharClass::kDigit && after == CharClass::kDigit;
    return false;
  }

  // aB starts a part at B; ABc starts one at B.
  bool starts_part(CharClass before, CharClass now, std::size_t size) const {
    if (now != CharClass::kUpper) return false;
    if (before == CharClass::kLower || before == CharClass::kDigit) return true;
    return before == CharClass::kUpper && class_at(at_ + size) == CharClass::kLower;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

struct TextAnalyzer::Stemmer {
  Stemmer() : handle(sb_stemmer_new("english", "UTF_8")) { DOCMILL_CHECK(handle != nullptr); }
  ~Stemmer() { sb_stemmer_delete(handle); }
  Stemmer(const Stemmer&) = delete;
  Stemmer& operator=(const Stemmer&) = delete;

  sb_stemmer* handle;
};

TextAnalyzer::TextAnalyzer() : stemmer_(std::make_unique<Stemmer>()) {}
TextAnalyzer::~TextAnalyzer() = default;

void TextAnalyzer::add_word(std::string_view word, std::vector<std::string>& terms) {
  word = utf8_prefix(word, kWordBytesMax);
  if (std::ranges::binary_search(kStopWords, word)) return;
  std::string key(word);
  if (auto known = stems_.find(key); known != stems_.end()) {
    terms.push_back(known->second);
    return;
  }
  const sb_symbol* stem =
      sb_stemmer_stem(stemmer_->handle, reinterpret_cast<const sb_symbol*>(key.data()),
                      static_cast<int>(key.size()));
  DOCMILL_CHECK(stem != nullptr);
  std::string term(reinterpret_cast<const char*>(stem),
                   static_cast<std::size_t>(sb_stemmer_length(stemmer_->handle)));
  if (stems_.size() >= kStemsMax) stems_.clear();
  stems_.emplace(std::move(key), term);
  terms.push_back(std::move(term));
}

std::vector<std::string> TextAnalyzer::analyze(std::string_view text) {
  std::vector<std::string> terms;
  std::string word;
  std::vector<std::size_t> parts;
  WordReader reader(text);
  while (reader.next(word, parts)) {
    add_word(word, terms);
    std::size_t begin = 0;
    for (std::size_t part : parts) {
      add_word(std::string_view(word).substr(begin, part - begin), terms);
      begin = part;
    }
    if (begin > 0) add_word(std::string_view(word).substr(begin), terms);
  }
  return terms;
}

}  // namespace docmill::embedded
