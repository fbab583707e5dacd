// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "async/runtime.h"
#include "ports/chat_model.h"

// What every ChatModel promises. A Peer is default-constructible, has `std::string body(bool
// stream)`, a request the model answers with some text, and `ChatModel& model()`, which lives as
// long as the peer.
namespace docmill::contract {

// Keeps what it was given; from `refuse_at` calls on it answers as if the client had gone.
class KeepingSink final : public ChatSink {
 public:
  Task<void> answer(Context, std::string json) override {
    answers.push_back(std::move(json));
    co_return next();
  }
  Task<void> chunk(Context, std::string json) override {
    chunks.push_back(std::move(json));
    co_return next();
  }

  std::vector<std::string> answers, chunks;
  int refuse_at = 1 << 20;

 private:
  Status next() {
    if (++calls_ < refuse_at) return {};
    return fail(ErrorCode::kCancelled, "the client has gone");
  }
  int calls_ = 0;
};

template <typename Peer>
class ChatModelContract : public ::testing::Test {
 protected:
  Result<ChatUsage> chat(bool stream, ChatSink& sink, Context context = Context::background()) {
    auto call = parse_chat_call(peer_.body(stream));
    EXPECT_TRUE(call);
    return runtime_.run(peer_.model().chat(context, std::move(*call), sink));
  }

  // Outlives the peer: what the peer's own runtime still finishes holds executors of this one.
  Runtime runtime_{{}};
  Peer peer_;
};

TYPED_TEST_SUITE_P(ChatModelContract);

TYPED_TEST_P(ChatModelContract, HasAName) { EXPECT_FALSE(this->peer_.model().name().empty()); }

TYPED_TEST_P(ChatModelContract, AWholeAnswerIsOneJson) {
  KeepingSink sink;
  auto usage = this->chat(false, sink);
  ASSERT_TRUE(usage) << usage.error().message;
  ASSERT_EQ(sink.answers.size(), 1U);
  EXPECT_TRUE(sink.answers[0].contains("\"choices\""));
  EXPECT_TRUE(sink.chunks.empty());
}

TYPED_TEST_P(ChatModelContract, AStreamIsChunksWithoutFraming) {
  KeepingSink sink;
  auto usage = this->chat(true, sink);
  ASSERT_TRUE(usage) << usage.error().message;
  EXPECT_TRUE(sink.answers.empty());
  ASSERT_FALSE(sink.chunks.empty());
  for (const std::string& chunk : sink.chunks) {
    EXPECT_TRUE(chunk.starts_with('{') && chunk.ends_with('}')) << chunk;
    EXPECT_TRUE(chunk.contains("\"choices\"")) << chunk;
    EXPECT_FALSE(chunk.contains("\"choices\": []") || chunk.contains("\"choices\":[]"))
        << "a usage chunk that nobody asked for: " << chunk;
  }
}

TYPED_TEST_P(ChatModelContract, StopsAtTheSinksFirstError) {
  KeepingSink sink;
  sink.refuse_at = 1;
  auto usage = this->chat(true, sink);
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(sink.chunks.size(), 1U);
}

TYPED_TEST_P(ChatModelContract, ACancelledCallSendsNothing) {
  KeepingSink sink;
  Context context = Context::background();
  context.cancel();
  auto usage = this->chat(true, sink, context);
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(sink.chunks.empty());
}

TYPED_TEST_P(ChatModelContract, CallsDoNotDisturbEachOther) {
  for (bool stream : {true, false, true}) {
    KeepingSink sink;
    EXPECT_TRUE(this->chat(stream, sink));
    EXPECT_EQ(sink.answers.size(), stream ? 0U : 1U);
  }
}

REGISTER_TYPED_TEST_SUITE_P(ChatModelContract, HasAName, AWholeAnswerIsOneJson,
                            AStreamIsChunksWithoutFraming, StopsAtTheSinksFirstError,
                            ACancelledCallSendsNothing, CallsDoNotDisturbEachOther);

}  // namespace docmill::contract
