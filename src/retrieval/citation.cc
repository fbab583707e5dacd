// SPDX-License-Identifier: Apache-2.0
#include "retrieval/citation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <unordered_set>

#include "base/utf8.h"

namespace docmill::retrieval {
namespace {

constexpr std::size_t kSentenceBytesMax = 600;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// One space for any white space, ASCII lower case, straight quotes and hyphens.
std::string folded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = std::max<std::size_t>(1, utf8_sequence_length(text.substr(i)));
    char32_t point =
        length == 1 ? static_cast<unsigned char>(text[i]) : decode_utf8(text.substr(i, length));
    if (point == 0x2018 || point == 0x2019) {
      out.push_back('\'');
    } else if (point == 0x201C || point == 0x201D || point == 0x201E) {
      out.push_back('"');
    } else if (point == 0x2010 || point == 0x2011 || point == 0x2013) {
      out.push_back('-');
    } else if (point == 0xA0 || (point < 0x80 && is_space(text[i]))) {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else if (length == 1) {
      out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(text[i]))));
    } else {
      out.append(text, i, length);
    }
    i += length;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// A full stop ends a sentence when white space and something that starts one follow.
bool ends_sentence(std::string_view text, std::size_t i) {
  if (text[i] != '.' && text[i] != '!' && text[i] != '?') return false;
  std::size_t next = i + 1;
  while (next < text.size() && (text[next] == '"' || text[next] == ')')) ++next;
  if (next >= text.size()) return true;
  if (!is_space(text[next])) return false;
  while (next < text.size() && is_space(text[next])) ++next;
  return next >= text.size() || !std::islower(static_cast<unsigned char>(text[next]));
}

const std::unordered_set<std::string_view>& common_words() {
  static const std::unordered_set<std::string_view> kWords{
      "the",  "is",   "are",  "was", "of",  "to",   "in",    "on",    "at",    "for",   "and",
      "or",   "an",   "be",   "by",  "it",  "as",   "do",    "does",  "how",   "can",   "what",
      "why",  "when", "who",  "me",  "my",  "you",  "your",  "that",  "this",  "which", "with",
      "from", "has",  "have", "not", "its", "will", "would", "where", "there", "their", "than"};
  return kWords;
}

// "[12]" at the start of `text`: its number and length; 0 when there is none.
std::pair<int, std::size_t> mark_at(std::string_view text) {
  if (!text.starts_with('[')) return {0, 0};
  std::size_t close = text.find(']');
  if (close == std::string_view::npos || close < 2 || close > 4) return {0, 0};
  int number = 0;
  for (char c : text.substr(1, close - 1)) {
    if (c < '0' || c > '9') return {0, 0};
    number = number * 10 + (c - '0');
  }
  return {number, close + 1};
}

std::string without_marks(std::string_view text, const std::set<int>& kept) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    auto [number, length] = mark_at(text.substr(i));
    if (length > 0 && !kept.contains(number)) {
      while (!out.empty() && out.back() == ' ') out.pop_back();
      i += length;
    } else {
      out.push_back(text[i++]);
    }
  }
  return out;
}

}  // namespace

bool is_quoted_from(std::string_view quote, std::string_view source) {
  std::string words = folded(quote);
  return !words.empty() && folded(source).find(words) != std::string::npos;
}

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences;
  std::size_t begin = 0;
  auto cut = [&](std::size_t end) {
    std::string_view sentence = trim(text.substr(begin, end - begin));
    if (!sentence.empty()) sentences.push_back(utf8_prefix(sentence, kSentenceBytesMax));
    begin = end;
  };
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n' || ends_sentence(text, i)) cut(i + 1);
  cut(text.size());
  return sentences;
}

std::vector<std::string> content_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  auto finish = [&] {
    if (word.size() >= 2 && !common_words().contains(word)) words.push_back(word);
    word.clear();
  };
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || byte >= 0x80 || c == '_') {
      word.push_back(static_cast<char>(byte < 0x80 ? std::tolower(byte) : byte));
    } else {
      finish();
    }
  }
  finish();
  return words;
}

CheckedAnswer check_answer(std::string_view answer, const std::vector<SearchResult>& sources) {
  std::multimap<int, std::string> quotes;  // equal numbers stay in the order of the answer
  std::string prose;
  for (std::size_t begin = 0; begin <= answer.size();) {
    std::size_t end = std::min(answer.find('\n', begin), answer.size());
    std::string_view line = trim(answer.substr(begin, end - begin));
    begin = end + 1;
    auto [number, length] = mark_at(line);
    std::string_view rest = trim(line.substr(length));
    if (length > 0 && rest.size() > 2 && rest.front() == '"' && rest.back() == '"') {
      quotes.emplace(number, rest.substr(1, rest.size() - 2));
    } else {
      prose.append(line).push_back('\n');
    }
  }
  CheckedAnswer checked;
  std::set<int> kept;
  for (const auto& [number, quote] : quotes) {
    if (number < 1 || number > static_cast<int>(sources.size())) continue;
    const SearchResult& source = sources[static_cast<std::size_t>(number - 1)];
    if (!is_quoted_from(quote, source.text)) continue;
    kept.insert(number);
    checked.citations.push_back(
        {number, source.document, source.uri, source.title, source.page_first, quote});
  }
  checked.text = std::string(trim(without_marks(prose, kept)));
  return checked;
}

}  // namespace docmill::retrieval
