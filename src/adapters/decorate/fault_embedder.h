// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/embedder.h"

namespace docmill {

// A Embedder whose calls fail as its plan says. The inner one must outlive it.
class FaultEmbedder final : public Embedder {
 public:
  FaultEmbedder(Embedder& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  const ModelIdentity& identity() const override { return inner_.identity(); }
  int tokens_max() const override { return inner_.tokens_max(); }
  Task<EmbeddingBatch> embed(Context context, std::vector<std::string> texts) override {
    return with_faults(plan_, context, inner_.embed(context, std::move(texts)));
  }

 private:
  Embedder& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
