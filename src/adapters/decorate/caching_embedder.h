// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/metrics.h"
#include "ports/cache.h"
#include "ports/embedder.h"

namespace docmill::decorate {

// The rows this decorator adds to the program's metric table.
std::vector<MetricSpec> caching_embedder_metrics();

// Remembers vectors by model identity and text, so that a chunk that did not change is not computed
// again. Equal texts of one call are computed once. A cache that fails counts as all misses and is
// logged; an entry of another length is ignored. Thread-safe as its parts are.
class CachingEmbedder final : public Embedder {
 public:
  // All three must outlive the decorator.
  CachingEmbedder(Embedder& inner, Cache& cache, Metrics& metrics);

  const ModelIdentity& identity() const override { return inner_.identity(); }
  int tokens_max() const override { return inner_.tokens_max(); }
  Task<EmbeddingBatch> embed(Context context, std::vector<std::string> texts) override;

 private:
  Embedder& inner_;
  Cache& cache_;
  Metrics::Handle hits_, misses_;
};

}  // namespace docmill::decorate
