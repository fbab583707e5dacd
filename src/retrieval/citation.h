// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrieval/searcher.h"

namespace docmill::retrieval {

// A source of an answer, with words that stand in it.
struct Citation {
  int number = 0;  // as in the answer: "[1]"
  std::string document, uri, title;
  int page = 0;
  std::string quote;
};

// True when the words of `quote` stand in `source` one after the other; white space, case and
// typographic quotes aside. An empty quote is in nothing.
bool is_quoted_from(std::string_view quote, std::string_view source);

// Sentences of a passage, in order, as ranges of it; lines of lists, tables and code count as one
// each. Never empty strings.
std::vector<std::string_view> sentences_of(std::string_view text);

// Lower-cased words of letters and digits with at least two characters, without the commonest ones.
std::vector<std::string> content_words(std::string_view text);

// What a model wrote, with its claims checked. `text` holds only numbers of citations that stood
// the check.
struct CheckedAnswer {
  std::string text;
  std::vector<Citation> citations;
};

// Reads a model's answer of the form the prompt asks for: prose with [n] marks, then lines
// `[n] "quote"`. A mark without a quote, or with one that is not in source n, is dropped.
CheckedAnswer check_answer(std::string_view answer, const std::vector<SearchResult>& sources);

}  // namespace docmill::retrieval
