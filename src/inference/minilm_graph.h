// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/result.h"
#include "inference/safetensors.h"

namespace ov {
class Model;
}

namespace docmill::inference {

// The shape of all-MiniLM-L6-v2, from its config.json.
struct MiniLmShape {
  static constexpr std::size_t kVocabulary = 30522;
  static constexpr std::size_t kPositions = 512;
  static constexpr std::size_t kTypes = 2;
  static constexpr std::size_t kHidden = 384;
  static constexpr std::size_t kHeads = 12;
  static constexpr std::size_t kIntermediate = 1536;
  static constexpr std::size_t kLayers = 6;
  static constexpr float kNormEpsilon = 1e-12F;
};

// From summed embeddings [1, tokens, 384] to one unit vector [1, 384]. The embedding tables are no
// part of it: the caller adds their rows, so they stay in the mapped file. Errors as
// SafeTensors::floats; OpenVINO's exceptions pass through.
Result<std::shared_ptr<ov::Model>> build_minilm_graph(const SafeTensors& weights);

}  // namespace docmill::inference
