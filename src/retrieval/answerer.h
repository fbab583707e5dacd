// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "retrieval/searcher.h"

namespace docmill::retrieval {

struct Citation {
  int number = 0;  // as in the text: [1]
  std::string document, uri, title;
  int page = 0;  // 0 where pages do not exist
  std::string quote;
};

struct Answer {
  std::string text;
  std::string model;  // "extractive": made of quotes only
  std::vector<Citation> citations;
};

struct AskRequest {
  std::string question;
  std::string collection = "default";
  int k = 5;  // passages read
};

// True when `quote` stands in `source`, white space and ASCII case aside. False for an empty quote.
bool is_quote_of(std::string_view quote, std::string_view source);

// The sentence of each passage that shares most words with the question, numbered and cited. What
// the passages say is data: nothing in them is obeyed. Without passages it says that nothing was
// found and cites nothing.
Answer extract_answer(std::string_view question, const SearchResults& passages);

// Answers from the passages that a search finds. Borrows the searcher. Thread-safe; the errors are
// the search's.
class Answerer {
 public:
  explicit Answerer(Searcher& searcher) : searcher_(searcher) {}
  Task<Answer> ask(Context context, AskRequest request);

 private:
  Searcher& searcher_;
};

}  // namespace docmill::retrieval
