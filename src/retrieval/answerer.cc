// SPDX-License-Identifier: Apache-2.0
#include "retrieval/answerer.h"

#include <algorithm>
#include <set>

namespace docmill::retrieval {
namespace {

constexpr std::size_t kSentencesMax = 3;
constexpr std::size_t kStemBytes = 5;  // words that agree so far count as one

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string normalized(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!is_space(c)) {
      out += lower(c);
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? lower(text[i]) : ' ';
    const bool part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
    if (part) {
      word += c;
      continue;
    }
    // Words of one to three letters are mostly articles and prepositions.
    if (word.size() > 3) words.insert(word.substr(0, kStemBytes));
    word.clear();
  }
  return words;
}

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool stop = text[i] == '.' || text[i] == '?' || text[i] == '!';
    const bool last = i + 1 == text.size();
    if (!last && !(stop && is_space(text[i + 1])) && text[i] != '\n') continue;
    std::string_view sentence = text.substr(begin, i + 1 - begin);
    while (!sentence.empty() && is_space(sentence.front())) sentence.remove_prefix(1);
    while (!sentence.empty() && is_space(sentence.back())) sentence.remove_suffix(1);
    if (!sentence.empty()) sentences.push_back(sentence);
    begin = i + 1;
  }
  return sentences;
}

std::string best_sentence(const std::set<std::string>& question, std::string_view text) {
  std::string_view best;
  std::size_t most = 0;
  for (std::string_view sentence : sentences_of(text)) {
    std::size_t shared = 0;
    for (const std::string& word : words_of(sentence)) shared += question.count(word);
    if (!best.empty() && shared <= most) continue;
    best = sentence;
    most = shared;
  }
  return std::string(best);
}

}  // namespace

bool is_quote_of(std::string_view quote, std::string_view source) {
  const std::string wanted = normalized(quote);
  return !wanted.empty() && normalized(source).find(wanted) != std::string::npos;
}

Answer extract_answer(std::string_view question, const SearchResults& passages) {
  Answer answer;
  answer.model = "extractive";
  const auto words = words_of(question);
  for (const SearchResult& passage : passages.results) {
    if (answer.citations.size() == kSentencesMax) break;
    std::string quote = best_sentence(words, passage.text);
    if (!is_quote_of(quote, passage.text)) continue;
    const int number = static_cast<int>(answer.citations.size()) + 1;
    answer.text += "\n\"" + quote + "\" [" + std::to_string(number) + "]";
    answer.citations.push_back({number, passage.document, passage.uri, passage.title,
                                passage.page_first, std::move(quote)});
  }
  answer.text = answer.citations.empty() ? "I found nothing about this in the documents."
                                         : "The documents say (quotes):" + answer.text;
  return answer;
}

Task<Answer> Answerer::ask(Context context, AskRequest request) {
  SearchRequest search;
  search.collection = std::move(request.collection);
  search.query = request.question;
  search.k = request.k;
  DOCMILL_CO_TRY(const SearchResults found, co_await searcher_.search(context, std::move(search)));
  co_return extract_answer(request.question, found);
}

}  // namespace docmill::retrieval
