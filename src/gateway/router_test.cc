// SPDX-License-Identifier: Apache-2.0
#include "gateway/router.h"

#include <gtest/gtest.h>

#include "gateway/api_error.h"

namespace docmill::gateway {
namespace {

Router sample() {
  Router router;
  for (const char* pattern : {"/healthz", "/v1/models", "/v1/models/{id...}", "/v1/documents/{id}"})
    router.add({"GET", pattern, Access::kKey, {}});
  router.add({"DELETE", "/v1/documents/{id}", Access::kKey, {}});
  return router;
}

TEST(Router, MatchesPathsAndDecodesCaptures) {
  Router router = sample();
  auto match = router.match("DELETE", "/v1/documents/a%20b");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->route->method, "DELETE");
  EXPECT_EQ(match->captures, std::vector<std::string>{"a b"});
  EXPECT_TRUE(router.match("HEAD", "/healthz"));
}

TEST(Router, ModelNamesMayHoldSlashes) {
  Router router = sample();
  EXPECT_EQ(router.match("GET", "/v1/models/docmill/ask")->captures.front(), "docmill/ask");
  EXPECT_EQ(router.match("GET", "/v1/models/docmill%2Fask")->captures.front(), "docmill/ask");
  EXPECT_TRUE(router.match("GET", "/v1/models")->captures.empty());
}

TEST(Router, UnknownPathsAndMethodsDiffer) {
  Router router = sample();
  for (const char* path : {"", "/", "healthz", "/healthz/", "/healthz/x", "/v1", "/v1/documents",
                           "/v1/documents/", "/v1/documents/a/b", "//healthz"}) {
    auto match = router.match("GET", path);
    ASSERT_FALSE(match) << path;
    EXPECT_EQ(match.error().code, ErrorCode::kNotFound) << path;
  }
  auto wrong = router.match("PUT", "/v1/documents/x");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().reason, "method_not_allowed");
  EXPECT_EQ(wrong.error().message, "GET, DELETE");
  EXPECT_FALSE(router.match("GET", "/v1/documents/%zz"));
}

TEST(ApiError, HasOpenAisShape) {
  EXPECT_EQ(error_json(Error(ErrorCode::kInvalidArgument, "messages: is \"empty\"", "empty_array")),
            R"({"error":{"message":"messages: is \"empty\"","type":"invalid_request_error",)"
            R"("param":"messages","code":"empty_array"}})");
  EXPECT_EQ(
      error_json(Error(ErrorCode::kUnavailable, "base: no")),
      R"({"error":{"message":"base: no","type":"api_error","param":null,"code":"unavailable"}})");
}

TEST(ApiError, ParamIsAFieldNameOnly) {
  for (const char* message : {"The body: no", ": x", "no colon", "a b: c"})
    EXPECT_TRUE(error_json(Error(ErrorCode::kInvalidArgument, message)).contains("\"param\":null"))
        << message;
  EXPECT_TRUE(error_json(Error(ErrorCode::kInvalidArgument, "messages[0].content: x"))
                  .contains("\"param\":\"messages[0].content\""));
}

TEST(ApiError, InternalErrorsSayNothingOfTheInside) {
  EXPECT_FALSE(error_json(Error(ErrorCode::kInternal, "secret path")).contains("secret"));
}

TEST(ApiError, SaysWhenToComeBack) {
  Error error(ErrorCode::kRateLimited, "slow");
  error.retry_after = Milliseconds(1500);
  auto response = error_response(error);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.find("retry-after"), "2");
  EXPECT_EQ(response.headers.find("retry-after-ms"), "1500");
}

}  // namespace
}  // namespace docmill::gateway
