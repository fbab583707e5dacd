// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace docmill::inference {

// kAuto takes bf16 where the CPU multiplies it in hardware (AVX512_BF16) and fp32 elsewhere.
// Against fp32, bf16 keeps the cosine of a text's two vectors at 0.9999 or more on
// tests/data/embedding_golden and is 1.8 times as fast.
enum class Precision : std::uint8_t { kAuto, kFp32, kBf16 };

struct TextEncoderSettings {
  std::string weights_path;  // model.safetensors
  Precision precision = Precision::kAuto;
  int threads = 0;  // texts computed at once, one thread each; 0: as many as the process has CPUs
};

// all-MiniLM-L6-v2: token ids to a unit vector of 384 floats (six BERT layers, mean over the
// tokens, L2 norm). Each text runs alone and unpadded on one thread: on a CPU that is as quick as
// batches and wastes nothing on padding. Not a queue: the caller owns the slots and runs one text
// in each.
class TextEncoder {
 public:
  static constexpr int kDimension = 384;
  // The model's position table holds 512, but it was trained on sentences of up to 256 tokens.
  static constexpr int kTokensMax = 256;
  // The vector, or internal when the model gave a number that is not finite.
  using Done = std::function<void(Result<std::vector<float>>)>;

  // Maps the weights, hashes them and builds the model: about 0.2 s. unavailable, corrupt_data as
  // SafeTensors; internal when the runtime cannot build the model.
  static Result<std::unique_ptr<TextEncoder>> load(TextEncoderSettings settings);
  // No slot may be running.
  ~TextEncoder();
  TextEncoder(const TextEncoder&) = delete;
  TextEncoder& operator=(const TextEncoder&) = delete;

  std::size_t slots() const;
  Precision precision() const;              // kFp32 or kBf16
  const std::string& weights_hash() const;  // SHA-256 of the file, in hex

  // Computes `ids` (special tokens included) in an idle slot and calls `done` from the runtime's
  // own thread; `done` may start the slot again. Fails without calling `done`: too_large over
  // kTokensMax, invalid_argument for no ids or an id outside the vocabulary.
  Status start(std::size_t slot, const std::vector<std::int32_t>& ids, Done done);

  // The same on the calling thread, for tests and benchmarks. Not while slot 0 runs.
  Result<std::vector<float>> encode(const std::vector<std::int32_t>& ids);

 private:
  struct State;
  explicit TextEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace docmill::inference
