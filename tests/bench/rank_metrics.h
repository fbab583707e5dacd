// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

namespace docmill::bench {

// What judges said of the documents of one query: id to gain, more is better, absent or 0: none.
using Judgements = std::unordered_map<std::string, double>;

// Normalised discounted cumulative gain of the first `k` of `ranking`: linear gains, discount
// log2(rank + 1), against the best possible order of all judged documents. 0 when none has a gain.
// An id that comes again counts once.
double ndcg_at(const std::vector<std::string>& ranking, const Judgements& judgements,
               std::size_t k);

// The share of the documents with a gain that stand among the first `k`.
double recall_at(const std::vector<std::string>& ranking, const Judgements& judgements,
                 std::size_t k);

}  // namespace docmill::bench
