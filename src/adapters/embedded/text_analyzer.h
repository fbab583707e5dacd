// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace docmill::embedded {

// Text to the terms that BM25 counts. The same for records and queries:
// - words are runs of Unicode letters and digits, lower-cased; an apostrophe inside a word and a
//   point or comma inside a number stay ("3.11"); each ideograph or kana is a word;
// - a word in camel case gives itself and its parts ("parseHtml": parsehtml, parse, html), and '_'
//   separates, so identifiers are found whole and in pieces;
// - Lucene's 33 English stop words are left out, the rest is stemmed by Porter2 ("english");
// - a word is cut at 64 bytes.
// Terms are stored with the records: a change of these rules needs a migration of the vector schema
// that makes them anew.
// One thread at a time; cheap enough to make one for each call.
class TextAnalyzer {
 public:
  TextAnalyzer();
  ~TextAnalyzer();
  TextAnalyzer(const TextAnalyzer&) = delete;
  TextAnalyzer& operator=(const TextAnalyzer&) = delete;

  // Terms in the order of the text, repetitions included. `text` need not be valid UTF-8.
  std::vector<std::string> analyze(std::string_view text);

 private:
  struct Stemmer;
  void add_word(std::string_view word, std::vector<std::string>& terms);

  std::unique_ptr<Stemmer> stemmer_;
  std::unordered_map<std::string, std::string> stems_;  // bounded by kStemsMax
};

}  // namespace docmill::embedded
