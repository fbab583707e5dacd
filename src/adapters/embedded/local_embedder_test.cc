// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/local_embedder.h"

#include <gtest/gtest.h>

#include "async/runtime.h"
#include "async/task_group.h"

namespace docmill::embedded {
namespace {

class LocalEmbedderTest : public testing::Test {
 protected:
  LocalEmbedderTest() : runtime_({}), metrics_(local_embedder_metrics()) {}

  std::unique_ptr<LocalEmbedder> create(std::size_t queued_texts_max) {
    return LocalEmbedder::create({.model_folder = DOCMILL_SOURCE_DIR "/.deps/native/minilm",
                                  .threads = 1,
                                  .queued_texts_max = queued_texts_max},
                                 runtime_.blocking(), metrics_)
        .value();
  }
  static std::vector<std::string> texts(std::size_t count) {
    return std::vector<std::string>(count, "a text that takes the model some time to read");
  }
  bool metrics_say(const std::string& line) {
    return metrics_.prometheus_text().find(line + "\n") != std::string::npos;
  }

  Runtime runtime_;
  Metrics metrics_;
};

Task<void> embed_into(LocalEmbedder* embedder, Context context, std::vector<std::string> texts,
                      Result<EmbeddingBatch>* out) {
  *out = co_await embedder->embed(context, std::move(texts));
  co_return Status();
}

TEST_F(LocalEmbedderTest, ManyCallersGetTheirOwnVectors) {
  auto embedder = create(1000);
  TaskGroup group(runtime_.executor(), Context::background());
  std::vector<Result<EmbeddingBatch>> results(12);
  for (std::size_t i = 0; i < results.size(); ++i)
    group.spawn("embed", embed_into(embedder.get(), group.context(),
                                    {"caller " + std::to_string(i), "shared"}, &results[i]));
  ASSERT_TRUE(runtime_.run(group.join()));
  for (std::size_t i = 0; i < results.size(); ++i) {
    ASSERT_TRUE(results[i]) << results[i].error().message;
    EXPECT_EQ(results[i]->vectors[1], results[0]->vectors[1]);
    EXPECT_EQ(results[i]->text_tokens.size(), 2u);
    if (i > 0) EXPECT_NE(results[i]->vectors[0], results[0]->vectors[0]);
  }
  EXPECT_TRUE(metrics_say("docmill_embed_texts_total 24"));
  EXPECT_TRUE(metrics_say("docmill_embed_queued_texts 0"));
}

TEST_F(LocalEmbedderTest, CallsBeyondTheQueueAreRefused) {
  auto embedder = create(40);
  TaskGroup group(runtime_.executor(), Context::background());
  Result<EmbeddingBatch> first, second;
  group.spawn("first", embed_into(embedder.get(), group.context(), texts(40), &first));
  group.spawn("second", embed_into(embedder.get(), group.context(), texts(39), &second));
  ASSERT_TRUE(runtime_.run(group.join()));
  ASSERT_NE(first.has_value(), second.has_value());
  EXPECT_EQ((first ? second : first).error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(metrics_say("docmill_embed_queue_refusals_total 1"));
  EXPECT_EQ(runtime_.run(embedder->embed(Context::background(), texts(41))).error().code,
            ErrorCode::kTooLarge);
  EXPECT_TRUE(runtime_.run(embedder->embed(Context::background(), texts(1))));
}

Task<void> cancel_after(LocalEmbedder* embedder, Context wanted, Context cancelled) {
  // Callers take turns, so this text is done while the other call's texts still wait.
  auto mine = co_await embedder->embed(wanted, {"short"});
  cancelled.cancel();
  if (!mine) co_return std::unexpected(mine.error());
  co_return Status();
}

TEST_F(LocalEmbedderTest, ACancelledCallLeavesTheQueue) {
  auto embedder = create(1000);
  TaskGroup group(runtime_.executor(), Context::background());
  Context cancelled = Context::background().child();
  Result<EmbeddingBatch> result;
  group.spawn("long", embed_into(embedder.get(), cancelled, texts(900), &result));
  group.spawn("cancel", cancel_after(embedder.get(), group.context(), cancelled));
  ASSERT_TRUE(runtime_.run(group.join()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(metrics_say("docmill_embed_queued_texts 0"));
}

Task<void> close_after_one(std::unique_ptr<LocalEmbedder>* embedder) {
  auto mine = co_await (*embedder)->embed(Context::background(), {"short"});
  embedder->reset();
  if (!mine) co_return std::unexpected(mine.error());
  co_return Status();
}

TEST_F(LocalEmbedderTest, ClosingEndsWaitingCalls) {
  auto embedder = create(1000);
  TaskGroup group(runtime_.executor(), Context::background());
  Result<EmbeddingBatch> result;
  group.spawn("long", embed_into(embedder.get(), Context::background(), texts(900), &result));
  group.spawn("close", close_after_one(&embedder));
  ASSERT_TRUE(runtime_.run(group.join()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
}

TEST_F(LocalEmbedderTest, UnknownPrecisionAndMissingModelAreErrors) {
  EXPECT_EQ(LocalEmbedder::create(
                {.model_folder = DOCMILL_SOURCE_DIR "/.deps/native/minilm", .precision = "int4"},
                runtime_.blocking(), metrics_)
                .error()
                .code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(LocalEmbedder::create({.model_folder = "/nowhere"}, runtime_.blocking(), metrics_)
                .error()
                .code,
            ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace docmill::embedded
