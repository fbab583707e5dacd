// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/blocking_pool.h"
#include "base/metrics.h"
#include "ports/embedder.h"

namespace docmill::embedded {

struct LocalEmbedderSettings {
  std::string model_folder;             // holds model.safetensors and vocab.txt
  std::string precision = "auto";       // auto, fp32 or bf16
  int threads = 0;                      // 1 to 256; 0: as many as the process has CPUs
  std::size_t queued_texts_max = 4096;  // texts waiting, over all callers
};

// The rows this adapter adds to the program's metric table.
std::vector<MetricSpec> local_embedder_metrics();

// all-MiniLM-L6-v2 in this process. Texts of all callers wait in one bounded queue and are computed
// one a thread, unpadded, on the model runtime's own threads; callers take turns, so that a query
// waits for one text of an ingest and not for its batch. Tokenising runs on the blocking pool; no
// I/O thread computes. A cancelled or late call leaves the queue; its texts in work are finished
// and dropped. The identity's revision is the SHA-256 of the weights. No network.
class LocalEmbedder final : public Embedder {
 public:
  // Loads the model: about 0.2 s, blocking. Errors as TextEncoder::load; invalid_argument for an
  // unknown precision. `pool` and `metrics` must outlive the embedder.
  static Result<std::unique_ptr<LocalEmbedder>> create(LocalEmbedderSettings settings,
                                                       BlockingPool& pool, Metrics& metrics);
  // Waits for the texts in work; calls that still wait end with unavailable.
  ~LocalEmbedder() override;

  const ModelIdentity& identity() const override;
  int tokens_max() const override;
  Task<EmbeddingBatch> embed(Context context, std::vector<std::string> texts) override;

 private:
  struct State;
  explicit LocalEmbedder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace docmill::embedded
