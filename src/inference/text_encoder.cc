// SPDX-License-Identifier: Apache-2.0
#include "inference/text_encoder.h"

#include <sched.h>

#include <cmath>
#include <exception>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/properties.hpp>
#include <span>
#include <utility>

#include "base/hash.h"
#include "inference/minilm_graph.h"
#include "inference/safetensors.h"

namespace docmill::inference {
namespace {

using Shape = MiniLmShape;
static_assert(Shape::kHidden == TextEncoder::kDimension);

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

Precision chosen(Precision wanted) {
  if (wanted != Precision::kAuto) return wanted;
  return __builtin_cpu_supports("avx512bf16") ? Precision::kBf16 : Precision::kFp32;
}

Error runtime_error(const std::exception& exception) {
  return {ErrorCode::kInternal, std::string("the model runtime failed: ") + exception.what()};
}

}  // namespace

struct TextEncoder::State {
  struct Slot {
    ov::InferRequest request;
    Done done;
  };

  explicit State(SafeTensors tensors) : weights(std::move(tensors)) {}

  SafeTensors weights;
  std::string weights_hash;
  Precision precision = Precision::kFp32;
  std::span<const float> words, positions, types;  // rows of the embedding tables
  ov::Core core;
  ov::CompiledModel model;
  std::vector<Slot> slots;  // destroyed before the model

  Status map_tables();
  void compile(std::size_t slot_count);
  Status fill(Slot& slot, const std::vector<std::int32_t>& ids) const;
  static Result<std::vector<float>> vector_of(Slot& slot);
  static Result<std::vector<float>> outcome_of(Slot& slot, std::exception_ptr failure);
};

Status TextEncoder::State::map_tables() {
  const std::string prefix = "embeddings.";
  DOCMILL_TRY(words, weights.floats(prefix + "word_embeddings.weight",
                                    {Shape::kVocabulary, Shape::kHidden}));
  DOCMILL_TRY(positions, weights.floats(prefix + "position_embeddings.weight",
                                        {Shape::kPositions, Shape::kHidden}));
  DOCMILL_TRY(types, weights.floats(prefix + "token_type_embeddings.weight",
                                    {Shape::kTypes, Shape::kHidden}));
  return {};
}

void TextEncoder::State::compile(std::size_t slot_count) {
  auto graph = build_minilm_graph(weights);
  if (!graph) throw std::runtime_error(graph.error().message);
  model = core.compile_model(
      *graph, "CPU", ov::num_streams(static_cast<std::int32_t>(slot_count)),
      ov::inference_num_threads(static_cast<std::int32_t>(slot_count)),
      ov::hint::inference_precision(precision == Precision::kBf16 ? ov::element::bf16
                                                                  : ov::element::f32),
      // Pinned threads of two processes would meet on one core while the other idles.
      ov::hint::enable_cpu_pinning(false));
  slots.resize(slot_count);
  for (Slot& slot : slots) slot.request = model.create_infer_request();
}

// Sums the word, position and type rows of each token into the slot's input.
Status TextEncoder::State::fill(Slot& slot, const std::vector<std::int32_t>& ids) const {
  if (ids.empty()) return fail(ErrorCode::kInvalidArgument, "a text without tokens has no vector");
  if (ids.size() > kTokensMax)
    return fail(ErrorCode::kTooLarge, "a text of " + std::to_string(ids.size()) +
                                          " tokens is over the model's " +
                                          std::to_string(kTokensMax));
  ov::Tensor input = slot.request.get_input_tensor();
  input.set_shape({1, ids.size(), Shape::kHidden});
  float* out = input.data<float>();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || static_cast<std::size_t>(ids[i]) >= Shape::kVocabulary)
      return fail(ErrorCode::kInvalidArgument, "a token id is outside the model's vocabulary");
    const float* word = words.data() + static_cast<std::size_t>(ids[i]) * Shape::kHidden;
    const float* position = positions.data() + i * Shape::kHidden;
    for (std::size_t h = 0; h < Shape::kHidden; ++h) *out++ = word[h] + position[h] + types[h];
  }
  return {};
}

Result<std::vector<float>> TextEncoder::State::vector_of(Slot& slot) {
  const ov::Tensor output = slot.request.get_output_tensor();
  const float* first = output.data<float>();
  std::vector<float> vector(first, first + kDimension);
  for (float value : vector)
    if (!std::isfinite(value))
      return fail(ErrorCode::kInternal, "the model gave a vector that is not finite",
                  "vector_not_finite");
  return vector;
}

Result<std::vector<float>> TextEncoder::State::outcome_of(Slot& slot, std::exception_ptr failure) {
  try {
    if (failure) std::rethrow_exception(failure);
    return vector_of(slot);
  } catch (const std::exception& exception) {
    return std::unexpected(runtime_error(exception));
  }
}

TextEncoder::TextEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextEncoder::~TextEncoder() = default;

Result<std::unique_ptr<TextEncoder>> TextEncoder::load(TextEncoderSettings settings) {
  DOCMILL_TRY(SafeTensors weights, SafeTensors::open(settings.weights_path));
  try {
    auto state = std::make_unique<State>(std::move(weights));
    state->weights_hash = sha256(state->weights.bytes()).hex();
    state->precision = chosen(settings.precision);
    DOCMILL_TRY_VOID(state->map_tables());
    const int threads = settings.threads > 0 ? settings.threads : available_cpus();
    state->compile(static_cast<std::size_t>(threads));
    // The runtime keeps its own packed copy of the layers; only used rows of the tables come back.
    state->weights.release_pages();
    std::unique_ptr<TextEncoder> encoder(new TextEncoder(std::move(state)));
    for (State::Slot& slot : encoder->state_->slots) {
      slot.request.set_callback([&slot](std::exception_ptr failure) {
        Done done = std::exchange(slot.done, nullptr);
        if (!done) return;  // `encode` waits instead
        done(State::outcome_of(slot, failure));
      });
    }
    return encoder;
  } catch (const std::exception& exception) {
    return std::unexpected(runtime_error(exception));
  }
}

std::size_t TextEncoder::slots() const { return state_->slots.size(); }
Precision TextEncoder::precision() const { return state_->precision; }
const std::string& TextEncoder::weights_hash() const { return state_->weights_hash; }

Status TextEncoder::start(std::size_t slot, const std::vector<std::int32_t>& ids, Done done) {
  State::Slot& used = state_->slots[slot];
  try {
    DOCMILL_TRY_VOID(state_->fill(used, ids));
    used.done = std::move(done);
    used.request.start_async();
    return {};
  } catch (const std::exception& exception) {
    used.done = nullptr;
    return std::unexpected(runtime_error(exception));
  }
}

Result<std::vector<float>> TextEncoder::encode(const std::vector<std::int32_t>& ids) {
  State::Slot& slot = state_->slots.front();
  try {
    DOCMILL_TRY_VOID(state_->fill(slot, ids));
    slot.request.infer();
    return State::vector_of(slot);
  } catch (const std::exception& exception) {
    return std::unexpected(runtime_error(exception));
  }
}

}  // namespace docmill::inference
