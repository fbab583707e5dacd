// SPDX-License-Identifier: Apache-2.0
#include "adapters/openai/chat_answer.h"

#include <gtest/gtest.h>

namespace docmill::openai {
namespace {

TEST(ChatAnswer, FindsTheUsageChunk) {
  auto facts = inspect_chunk(R"({"id":"x","choices":[],"usage":{"prompt_tokens":7,)"
                             R"("completion_tokens":3,"total_tokens":10}})");
  ASSERT_TRUE(facts.usage);
  EXPECT_EQ(facts.usage->prompt_tokens, 7U);
  EXPECT_EQ(facts.usage->completion_tokens, 3U);
  EXPECT_TRUE(facts.usage->exact);
  EXPECT_TRUE(facts.usage_only);
}

TEST(ChatAnswer, UsageBesideContentIsNoExtraChunk) {
  auto facts =
      inspect_chunk(R"({"choices":[{"delta":{"content":"a"}}],"usage" : {"prompt_tokens":1,)"
                    R"("completion_tokens":1}})");
  EXPECT_TRUE(facts.usage);
  EXPECT_FALSE(facts.usage_only);
}

TEST(ChatAnswer, TextAboutUsageAndErrorsIsText) {
  for (const char* json :
       {R"({"choices":[{"delta":{"content":"{\"usage\":{\"prompt_tokens\":1},\"error\":{}}"}}],)"
        R"("usage":null})",
        R"({"choices":[{"delta":{"usage":{"prompt_tokens":1}}}]})", R"({"choices":[]})",
        "nonsense"}) {
    auto facts = inspect_chunk(json);
    EXPECT_FALSE(facts.usage) << json;
    EXPECT_FALSE(facts.error) << json;
    EXPECT_FALSE(facts.usage_only) << json;
  }
}

TEST(ChatAnswer, AnErrorInsideAStreamIsAnError) {
  auto facts = inspect_chunk(R"({"error":{"message":"slow down","type":"rate_limit_error"}})");
  ASSERT_TRUE(facts.error);
  EXPECT_EQ(facts.error->code, ErrorCode::kRateLimited);
  EXPECT_EQ(facts.error->message, "slow down");
}

TEST(ChatAnswer, UpstreamErrorsKeepMessageParamAndCode) {
  Error error = error_of_answer(
      400, {},
      R"({"error":{"message":"too big","param":"max_tokens","code":"unsupported_parameter"}})");
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message, "max_tokens: too big");
  EXPECT_EQ(error.reason, "unsupported_parameter");
}

TEST(ChatAnswer, ThrottlingSaysWhenToComeBack) {
  Error error = error_of_answer(429, {{"retry-after", "3"}}, "<html>");
  EXPECT_EQ(error.code, ErrorCode::kRateLimited);
  EXPECT_EQ(error.retry_after, Milliseconds(3000));
  EXPECT_EQ(error_of_answer(502, {}, "").code, ErrorCode::kUnavailable);
}

TEST(ChatAnswer, ARefusedKeyIsOurTroubleAndIsNotShown) {
  Error error = error_of_answer(401, {}, R"({"error":{"message":"Incorrect API key: sk-abc"}})");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.reason, "upstream_auth");
  EXPECT_FALSE(error.message.contains("sk-"));
}

}  // namespace
}  // namespace docmill::openai
