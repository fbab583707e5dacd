// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrieval/searcher.h"

namespace docmill::retrieval {

// A sentence of a source: `source` is the source's index.
struct Extract {
  std::size_t source = 0;
  std::string quote;
};

// The sentences of all sources, in order, equal ones once; at most `sentences_max`, the first
// sources' first.
std::vector<Extract> sentences_of_sources(const std::vector<SearchResult>& sources,
                                          std::size_t sentences_max);

// The sentences that answer best, at most `sentences_each` of a source, in their order; ranked by
// the question's words that they hold and, where `cosines` has one number per sentence, by how near
// their meaning is to the question's. One that is far behind the best is left out, so a source may
// give none; where nothing fits the result is empty. Deterministic.
std::vector<Extract> best_sentences(std::string_view question,
                                    const std::vector<Extract>& sentences,
                                    const std::vector<float>& cosines, std::size_t sentences_each);

}  // namespace docmill::retrieval
