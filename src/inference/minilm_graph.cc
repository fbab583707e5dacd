// SPDX-License-Identifier: Apache-2.0
#include "inference/minilm_graph.h"

#include <openvino/core/model.hpp>
#include <openvino/opsets/opset14.hpp>
#include <string>
#include <vector>

namespace docmill::inference {
namespace {

namespace op = ov::opset14;
using Node = ov::Output<ov::Node>;
using Shape = MiniLmShape;

Node integers(const std::vector<std::int64_t>& values, const ov::Shape& shape) {
  return op::Constant::create(ov::element::i64, shape, values);
}
Node integers(const std::vector<std::int64_t>& values) { return integers(values, {values.size()}); }

// Adds layers to a growing graph; the first missing tensor ends it.
class GraphBuilder {
 public:
  explicit GraphBuilder(const SafeTensors& weights) : weights_(weights) {}

  Result<Node> tensor(const std::string& name, const ov::Shape& shape) const {
    DOCMILL_TRY(std::span<const float> values, weights_.floats(name, {shape.begin(), shape.end()}));
    return Node(std::make_shared<op::Constant>(ov::element::f32, shape, values.data()));
  }

  Result<Node> norm(Node input, const std::string& name) const {
    DOCMILL_TRY(Node scale, tensor(name + ".weight", {Shape::kHidden}));
    DOCMILL_TRY(Node shift, tensor(name + ".bias", {Shape::kHidden}));
    auto centred = std::make_shared<op::MVN>(input, integers({-1}), true, Shape::kNormEpsilon,
                                             ov::op::MVNEpsMode::INSIDE_SQRT);
    return add(std::make_shared<op::Multiply>(centred, scale), shift);
  }

  Result<Node> linear(Node input, const std::string& name, std::size_t rows,
                      std::size_t columns) const {
    DOCMILL_TRY(Node weight, tensor(name + ".weight", {rows, columns}));
    DOCMILL_TRY(Node bias, tensor(name + ".bias", {rows}));
    return add(std::make_shared<op::MatMul>(input, weight, false, true), bias);
  }

  // [1, tokens, hidden] to [1, heads, tokens, hidden / heads].
  Result<Node> head_split(Node input, const std::string& name) const {
    DOCMILL_TRY(Node projected, linear(input, name, Shape::kHidden, Shape::kHidden));
    auto split = std::make_shared<op::Reshape>(
        projected, integers({0, 0, Shape::kHeads, Shape::kHidden / Shape::kHeads}), true);
    return Node(std::make_shared<op::Transpose>(split, integers({0, 2, 1, 3})));
  }

  Result<Node> layer(Node input, const std::string& name) const {
    DOCMILL_TRY(Node query, head_split(input, name + ".attention.self.query"));
    DOCMILL_TRY(Node key, head_split(input, name + ".attention.self.key"));
    DOCMILL_TRY(Node value, head_split(input, name + ".attention.self.value"));
    auto attended = std::make_shared<op::ScaledDotProductAttention>(query, key, value, false);
    auto rows = std::make_shared<op::Transpose>(attended, integers({0, 2, 1, 3}));
    auto joined = std::make_shared<op::Reshape>(rows, integers({0, 0, Shape::kHidden}), true);
    DOCMILL_TRY(Node attention,
                linear(joined, name + ".attention.output.dense", Shape::kHidden, Shape::kHidden));
    DOCMILL_TRY(Node middle, norm(add(attention, input), name + ".attention.output.LayerNorm"));
    DOCMILL_TRY(Node wide,
                linear(middle, name + ".intermediate.dense", Shape::kIntermediate, Shape::kHidden));
    auto active = std::make_shared<op::Gelu>(wide, ov::op::GeluApproximationMode::ERF);
    DOCMILL_TRY(Node narrow,
                linear(active, name + ".output.dense", Shape::kHidden, Shape::kIntermediate));
    return norm(add(narrow, middle), name + ".output.LayerNorm");
  }

 private:
  static Node add(Node a, Node b) { return std::make_shared<op::Add>(a, b); }

  const SafeTensors& weights_;
};

}  // namespace

Result<std::shared_ptr<ov::Model>> build_minilm_graph(const SafeTensors& weights) {
  GraphBuilder builder(weights);
  auto input = std::make_shared<op::Parameter>(
      ov::element::f32, ov::PartialShape{1, ov::Dimension::dynamic(), Shape::kHidden});
  DOCMILL_TRY(Node states, builder.norm(input, "embeddings.LayerNorm"));
  for (std::size_t i = 0; i < Shape::kLayers; ++i) {
    DOCMILL_TRY(states, builder.layer(states, "encoder.layer." + std::to_string(i)));
  }
  auto mean = std::make_shared<op::ReduceMean>(states, integers({1}), false);
  auto unit = std::make_shared<op::NormalizeL2>(mean, integers({1}), Shape::kNormEpsilon,
                                                ov::op::EpsMode::MAX);
  return std::make_shared<ov::Model>(ov::OutputVector{unit}, ov::ParameterVector{input}, "minilm");
}

}  // namespace docmill::inference
