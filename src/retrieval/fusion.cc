// SPDX-License-Identifier: Apache-2.0
#include "retrieval/fusion.h"

#include <algorithm>
#include <map>

namespace docmill::retrieval {

std::vector<FusedId> fuse(const std::vector<std::string>& dense,
                          const std::vector<std::string>& lexical, const FusionSettings& settings) {
  std::map<std::string, double> scores;
  for (std::size_t i = 0; i < dense.size(); ++i)
    scores[dense[i]] += settings.dense_weight / (settings.k + static_cast<double>(i + 1));
  for (std::size_t i = 0; i < lexical.size(); ++i)
    scores[lexical[i]] += settings.lexical_weight / (settings.k + static_cast<double>(i + 1));
  std::vector<FusedId> fused;
  for (const auto& [id, score] : scores) fused.push_back({id, score});
  std::ranges::sort(fused, [](const FusedId& a, const FusedId& b) {
    return a.score != b.score ? a.score > b.score : a.id < b.id;
  });
  return fused;
}

}  // namespace docmill::retrieval
