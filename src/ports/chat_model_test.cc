// SPDX-License-Identifier: Apache-2.0
#include "ports/chat_model.h"

#include <gtest/gtest.h>

namespace docmill {
namespace {

std::string upstream(std::string body, std::string_view model) {
  auto call = parse_chat_call(std::move(body));
  EXPECT_TRUE(call) << (call ? "" : call.error().message);
  return call ? make_upstream_body(*call, model) : "";
}

Error refused(std::string body) {
  auto call = parse_chat_call(std::move(body));
  EXPECT_FALSE(call);
  return call ? Error() : call.error();
}

TEST(ChatCall, FindsWhatRoutingNeeds) {
  auto call = parse_chat_call(
      R"( {"messages":[{"role":"user","content":"{\"model\":\"no\"}"}],"model" : "a\u0062c" ,)"
      R"("stream":true,)"
      R"("stream_options":{"include_usage":true}} )");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->model, "abc");
  EXPECT_TRUE(call->stream);
  EXPECT_TRUE(call->include_usage);
  EXPECT_EQ(
      call->body.substr(call->index.model.begin, call->index.model.end - call->index.model.begin),
      R"("a\u0062c")");
}

TEST(ChatCall, WithoutAChangeTheBodyPassesByteForByte) {
  std::string body = "{ \"model\":\"m\",\n\t\"messages\":[1], \"x\" : 1e400, \"n\":null}";
  EXPECT_EQ(upstream(body, "m"), body);
}

TEST(ChatCall, OnlyTheModelValueIsReplaced) {
  EXPECT_EQ(upstream(R"({"messages":[1],"model":"m" ,"t":0.10})", "a\"b"),
            R"({"messages":[1],"model":"a\"b" ,"t":0.10})");
}

TEST(ChatCall, StreamsAskForUsageWhateverTheClientSaid) {
  EXPECT_EQ(
      upstream(R"({"model":"m","messages":[1],"stream":true})", "m"),
      R"({"stream_options":{"include_usage":true},"model":"m","messages":[1],"stream":true})");
  EXPECT_EQ(
      upstream(R"({"model":"m","messages":[1],"stream":true,"stream_options":null})", "m"),
      R"({"model":"m","messages":[1],"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(
      upstream(R"({"model":"m","messages":[1],"stream":true,"stream_options":{ }})", "m"),
      R"({"model":"m","messages":[1],"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(upstream(R"({"stream_options":{"include_usage":false,"a":[1]},"model":"m",)"
                     R"("messages":[1],"stream":true})",
                     "z"),
            R"({"stream_options":{"include_usage":true,"a":[1]},"model":"z",)"
            R"("messages":[1],"stream":true})");
  EXPECT_EQ(upstream(R"({"stream_options":{"a":1},"model":"m","messages":[1],"stream":true})", "m"),
            R"({"stream_options":{"include_usage":true,"a":1},"model":"m",)"
            R"("messages":[1],"stream":true})");
}

TEST(ChatCall, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(refused(R"({"messages":[1]})").message, "model: is required");
  EXPECT_EQ(refused(R"({"model":3,"messages":[1]})").message, "model: must be a string");
  EXPECT_EQ(refused(R"({"model":"m"})").message, "messages: is required");
  EXPECT_EQ(refused(R"({"model":"m","messages":[]})").reason, "empty_array");
  EXPECT_EQ(refused(R"({"model":"m","messages":"x"})").message, "messages: must be an array");
  EXPECT_EQ(refused(R"({"model":"m","messages":[1],"stream":"yes"})").message,
            "stream: must be true or false");
}

TEST(ChatCall, RefusesWhatTwoReadersCouldReadDifferently) {
  EXPECT_EQ(refused(R"({"model":"a","messages":[1],"mod\u0065l":"b"})").message,
            "model: is given twice");
}

TEST(ChatCall, RefusesWhatIsNoJsonObject) {
  for (const char* body : {"", "null", "[]", "{", "{\"model\":\"a\"", "nonsense", "\xff\xfe",
                           "{\"model\":\"m\",\"messages\":[1]}{}", "{\"model\" \"m\"}"})
    EXPECT_EQ(refused(body).code, ErrorCode::kInvalidArgument) << body;
  std::string deep = R"({"model":"m","messages":)" + std::string(100'000, '[');
  EXPECT_EQ(refused(deep).code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace docmill
