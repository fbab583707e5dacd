// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace docmill::retrieval {

struct FusionSettings {
  double k = 2;  // rank constant of reciprocal rank fusion; the classic value is 60
  double dense_weight = 1;
  double lexical_weight = 1;
};

struct FusedId {
  std::string id;
  double score = 0;
};

// Reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009): each list adds weight / (k +
// rank) for the ids it has, ranks from 1. Descending by score, ties by id.
std::vector<FusedId> fuse(const std::vector<std::string>& dense,
                          const std::vector<std::string>& lexical, const FusionSettings& settings);

}  // namespace docmill::retrieval
