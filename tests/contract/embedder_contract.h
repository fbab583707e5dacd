// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "async/runtime.h"
#include "ports/embedder.h"

namespace docmill::contract {

// One adapter with whatever it stands on, made fresh for each test.
class EmbedderUnderTest {
 public:
  virtual ~EmbedderUnderTest() = default;
  virtual Embedder& embedder() = 0;
};

struct EmbedderCase {
  std::string name;
  std::function<std::unique_ptr<EmbedderUnderTest>(Runtime&)> make;
};

// What every Embedder promises (ports/embedder.h).
class EmbedderContract : public testing::TestWithParam<EmbedderCase> {
 protected:
  EmbedderContract() : runtime_({}), made_(GetParam().make(runtime_)) {}

  Embedder& embedder() { return made_->embedder(); }
  Result<EmbeddingBatch> embed(std::vector<std::string> texts,
                               Context context = Context::background()) {
    return runtime_.run(embedder().embed(std::move(context), std::move(texts)));
  }
  static float dot(const std::vector<float>& a, const std::vector<float>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
  }

  Runtime runtime_;
  std::unique_ptr<EmbedderUnderTest> made_;
};

TEST_P(EmbedderContract, GivesOneUnitVectorPerTextInOrder) {
  auto batch = embed({"first text", "second, quite another one", "first text"});
  ASSERT_TRUE(batch) << batch.error().message;
  ASSERT_EQ(batch->vectors.size(), 3u);
  for (const auto& vector : batch->vectors) {
    ASSERT_EQ(vector.size(), static_cast<std::size_t>(embedder().identity().dimension));
    EXPECT_NEAR(dot(vector, vector), 1.0F, 1e-3F);
  }
  EXPECT_NEAR(dot(batch->vectors[0], batch->vectors[2]), 1.0F, 1e-3F);
  EXPECT_LT(dot(batch->vectors[0], batch->vectors[1]), 0.99F);
  EXPECT_GT(batch->tokens, 3u);
}

TEST_P(EmbedderContract, SaysTheSameTwice) {
  auto once = embed({"the same text"}), again = embed({"the same text"});
  ASSERT_TRUE(once && again);
  EXPECT_NEAR(dot(once->vectors[0], again->vectors[0]), 1.0F, 1e-3F);
  EXPECT_EQ(once->tokens, again->tokens);
}

TEST_P(EmbedderContract, IdentityNamesTheModelFully) {
  EXPECT_FALSE(embedder().identity().name.empty());
  EXPECT_FALSE(embedder().identity().revision.empty());
  EXPECT_GT(embedder().identity().dimension, 0);
  EXPECT_GT(embedder().tokens_max(), 2);
}

TEST_P(EmbedderContract, RefusesNothingAndEmptyText) {
  EXPECT_EQ(embed({}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(embed({"text", ""}).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(EmbedderContract, RefusesTextOverItsLimitInsteadOfCuttingIt) {
  std::string text;
  for (int i = 0; i < embedder().tokens_max() + 1; ++i) text += "word ";
  EXPECT_EQ(embed({text}).error().code, ErrorCode::kTooLarge);
}

TEST_P(EmbedderContract, AnswersCancelledAndLateCallsWithTheirCode) {
  Context cancelled = Context::background().child();
  cancelled.cancel();
  EXPECT_EQ(embed({"text"}, cancelled).error().code, ErrorCode::kCancelled);
  Context late = Context::background().with_timeout(Milliseconds(0));
  EXPECT_EQ(embed({"text"}, late).error().code, ErrorCode::kDeadlineExceeded);
}

}  // namespace docmill::contract
