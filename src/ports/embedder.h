// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"

namespace docmill {

// Which model made a vector. Vectors are comparable only when all of this is equal.
struct ModelIdentity {
  std::string name;      // "all-MiniLM-L6-v2"
  std::string revision;  // hash of the weights, or the vendor's version
  int dimension = 0;

  bool operator==(const ModelIdentity&) const = default;
};

struct EmbeddingBatch {
  // One per text, in order: `dimension` floats, unit length.
  std::vector<std::vector<float>> vectors;
  // Sum over the texts, as the model counts.
  std::uint64_t tokens = 0;
  // The same, one per text; empty where only the sum is known.
  std::vector<std::uint32_t> text_tokens;
};

// Texts to vectors. Thread-safe; calls beyond its queue limit are refused with rate_limited.
// Errors: invalid_argument (an empty list or empty text), too_large (a text over `tokens_max`:
// texts are never truncated silently), rate_limited, unavailable, deadline_exceeded, cancelled.
class Embedder {
 public:
  virtual ~Embedder() = default;
  virtual const ModelIdentity& identity() const = 0;
  virtual int tokens_max() const = 0;  // per text, special tokens included
  virtual Task<EmbeddingBatch> embed(Context context, std::vector<std::string> texts) = 0;
};

}  // namespace docmill
