// SPDX-License-Identifier: Apache-2.0
#include "inference/text_encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <future>
#include <iterator>
#include <numeric>

#include "inference/wordpiece_tokenizer.h"

namespace docmill::inference {
namespace {

const std::string kModel = DOCMILL_SOURCE_DIR "/.deps/native/minilm/";

std::unique_ptr<TextEncoder> load(Precision precision) {
  return TextEncoder::load(
             {.weights_path = kModel + "model.safetensors", .precision = precision, .threads = 2})
      .value();
}

std::vector<std::int32_t> ids_of(const std::string& text) {
  static const WordPieceTokenizer kTokenizer =
      WordPieceTokenizer::load(kModel + "vocab.txt").value();
  return kTokenizer.encode(text);
}

float dot(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

// The lowest cosine of our vectors to those of tests/support/make_embedding_golden.py.
float worst_cosine(TextEncoder& encoder) {
  std::ifstream file(DOCMILL_SOURCE_DIR "/tests/data/embedding_golden.bin", std::ios::binary);
  std::string all{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  float worst = 1;
  std::size_t records = 0;
  for (std::size_t at = 0; at < all.size(); ++records) {
    std::uint16_t length;
    std::memcpy(&length, all.data() + at, sizeof length);
    std::string text = all.substr(at + sizeof length, length);
    at += sizeof length + length;
    std::vector<float> expected(TextEncoder::kDimension);
    std::memcpy(expected.data(), all.data() + at, expected.size() * sizeof expected[0]);
    at += expected.size() * sizeof expected[0];
    worst = std::min(worst, dot(encoder.encode(ids_of(text)).value(), expected));
  }
  EXPECT_GE(records, 50u);
  return worst;
}

TEST(TextEncoder, Fp32EqualsTheReference) {
  auto encoder = load(Precision::kFp32);
  EXPECT_GE(worst_cosine(*encoder), 0.9999F);
}

TEST(TextEncoder, DefaultPrecisionIsNearTheReference) {
  auto encoder = load(Precision::kAuto);
  const float worst = worst_cosine(*encoder);
  RecordProperty("worst_cosine", std::to_string(worst));
  std::printf("precision %s, worst cosine %.5f\n",
              encoder->precision() == Precision::kBf16 ? "bf16" : "fp32",
              static_cast<double>(worst));
  EXPECT_GE(worst, 0.999F);
}

TEST(TextEncoder, RelatedSentencesAreNearAndUnrelatedOnesAreNot) {
  auto encoder = load(Precision::kFp32);
  auto eating = encoder->encode(ids_of("A man is eating food")).value();
  auto meal = encoder->encode(ids_of("Someone eats a meal")).value();
  auto market = encoder->encode(ids_of("The stock market fell")).value();
  EXPECT_NEAR(dot(eating, meal), 0.750, 0.001);
  EXPECT_NEAR(dot(eating, market), -0.03, 0.01);
  EXPECT_NEAR(dot(eating, eating), 1.0, 1e-5);
}

TEST(TextEncoder, SlotsGiveTheSameVectorsAsTheCallingThread) {
  auto encoder = load(Precision::kFp32);
  ASSERT_EQ(encoder->slots(), 2u);
  const auto first = ids_of("one text"), second = ids_of("another, longer text in a slot");
  std::promise<std::vector<float>> a, b;
  ASSERT_TRUE(encoder->start(0, first, [&](auto vector) { a.set_value(vector.value()); }));
  ASSERT_TRUE(encoder->start(1, second, [&](auto vector) { b.set_value(vector.value()); }));
  auto vector_a = a.get_future().get(), vector_b = b.get_future().get();
  EXPECT_NEAR(dot(vector_a, encoder->encode(first).value()), 1.0, 1e-5);
  EXPECT_NEAR(dot(vector_b, encoder->encode(second).value()), 1.0, 1e-5);
}

TEST(TextEncoder, TokensItCannotTakeAreRefused) {
  auto encoder = load(Precision::kAuto);
  auto code = [&](std::vector<std::int32_t> ids) { return encoder->encode(ids).error().code; };
  EXPECT_EQ(code({}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(std::vector<std::int32_t>(257, 2000)), ErrorCode::kTooLarge);
  EXPECT_EQ(code({101, -1, 102}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({101, 30522, 102}), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(encoder->encode(std::vector<std::int32_t>(256, 2000)));
}

TEST(TextEncoder, KnowsWhichWeightsItLoaded) {
  auto encoder = load(Precision::kAuto);
  EXPECT_EQ(encoder->weights_hash(),
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db");
  EXPECT_EQ(TextEncoder::load({.weights_path = "/nowhere"}).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(TextEncoder::load({.weights_path = kModel + "vocab.txt"}).error().code,
            ErrorCode::kCorruptData);
}

}  // namespace
}  // namespace docmill::inference
