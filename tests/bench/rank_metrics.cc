// SPDX-License-Identifier: Apache-2.0
#include "rank_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_set>

namespace docmill::bench {
namespace {

double discount(std::size_t index) { return std::log2(static_cast<double>(index) + 2); }

}  // namespace

double ndcg_at(const std::vector<std::string>& ranking, const Judgements& judgements,
               std::size_t k) {
  double gained = 0, ideal = 0;
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    const auto judged = judgements.find(ranking[i]);
    if (judged != judgements.end() && seen.insert(ranking[i]).second)
      gained += judged->second / discount(i);
  }
  std::vector<double> gains;
  for (const auto& [id, gain] : judgements) gains.push_back(gain);
  std::ranges::sort(gains, std::greater<>());
  for (std::size_t i = 0; i < std::min(k, gains.size()); ++i) ideal += gains[i] / discount(i);
  return ideal > 0 ? gained / ideal : 0;
}

double recall_at(const std::vector<std::string>& ranking, const Judgements& judgements,
                 std::size_t k) {
  std::size_t wanted = 0;
  for (const auto& [id, gain] : judgements) wanted += gain > 0;
  std::unordered_set<std::string> found;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    const auto judged = judgements.find(ranking[i]);
    if (judged != judgements.end() && judged->second > 0) found.insert(ranking[i]);
  }
  return wanted > 0 ? static_cast<double>(found.size()) / static_cast<double>(wanted) : 0;
}

}  // namespace docmill::bench
