// SPDX-License-Identifier: Apache-2.0
#include "gateway/authenticator.h"

#include <gtest/gtest.h>

#include "async/runtime.h"
#include "gateway/json_fields.h"
#include "gateway/upload.h"
#include "support/memory_ports.h"

namespace docmill::gateway {
namespace {

class AuthenticatorTest : public ::testing::Test {
 protected:
  std::string create() { return runtime_.run(keys_.create(Context::background(), "k"))->text; }
  Result<std::string> check(std::string authorization, http::Headers headers = {}) {
    http::RequestHead request;
    request.headers = std::move(headers);
    if (!authorization.empty()) request.headers.add("Authorization", authorization);
    return runtime_.run(authenticator_.check(Context::background(), request));
  }
  ErrorCode refused(std::string authorization, http::Headers headers = {}) {
    auto checked = check(std::move(authorization), std::move(headers));
    return checked ? ErrorCode::kInternal : checked.error().code;
  }

  Runtime runtime_{{}};
  ManualClock clock_;
  docmill::testing::MemoryKeyStore keys_;
  Authenticator authenticator_{keys_, clock_, {}};
};

TEST_F(AuthenticatorTest, OnLoopbackNoKeyIsNeededUntilOneExists) {
  EXPECT_EQ(*check(""), "");
  std::string key = create();
  EXPECT_EQ(refused(""), ErrorCode::kUnauthenticated);
  EXPECT_EQ(*check("Bearer " + key), key.substr(3, 12));
  EXPECT_EQ(*check("bearer " + key), key.substr(3, 12));
}

TEST_F(AuthenticatorTest, ElsewhereAKeyIsAlwaysNeeded) {
  Authenticator open(keys_, clock_, {.loopback = false});
  auto checked = runtime_.run(open.check(Context::background(), {}));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kUnauthenticated);
}

TEST_F(AuthenticatorTest, WrongKeysAreRefused) {
  std::string key = create();
  std::string other = create();
  for (const std::string& wrong :
       std::vector<std::string>{"Bearer", "Bearer ", "Basic " + key, "Bearer " + key + "0",
                                "Bearer " + key.substr(0, key.size() - 1),
                                "Bearer " + key.substr(0, 16) + other.substr(16)})
    EXPECT_EQ(refused(wrong), ErrorCode::kUnauthenticated) << wrong;
}

TEST_F(AuthenticatorTest, ARevokedKeyStopsWithinTheCacheTimeAndTheDoorStaysShut) {
  std::string key = create();
  ASSERT_TRUE(check("Bearer " + key));
  ASSERT_TRUE(check("Bearer " + key));
  EXPECT_EQ(keys_.finds, 1);
  ASSERT_TRUE(runtime_.run(keys_.revoke(Context::background(), key.substr(3, 12))));
  clock_.advance(Milliseconds(2001));
  EXPECT_EQ(refused("Bearer " + key), ErrorCode::kUnauthenticated);
  EXPECT_EQ(refused(""), ErrorCode::kUnauthenticated);
}

TEST_F(AuthenticatorTest, ABrokenStoreLetsNobodyIn) {
  keys_.broken = true;
  EXPECT_EQ(refused(""), ErrorCode::kUnavailable);
}

TEST_F(AuthenticatorTest, WithoutKeysForeignPagesAreRefused) {
  for (http::Headers headers : {http::Headers{{"Origin", "https://evil.example"}},
                                {{"Origin", "null"}},
                                {{"Host", "evil.example:8080"}},
                                {{"Origin", "http://localhost.evil.example"}}})
    EXPECT_EQ(refused("", headers), ErrorCode::kPermissionDenied);
  for (http::Headers headers : {http::Headers{{"Host", "localhost:8080"}},
                                {{"Host", "127.0.0.1"}},
                                {{"Host", "[::1]:1"}},
                                {{"Origin", "http://127.0.0.1:3000"}},
                                {{"Origin", "http://[::1]:3000"}}})
    EXPECT_TRUE(check("", headers));
}

TEST_F(AuthenticatorTest, UseIsNotedOnceAMinute) {
  std::string key = create();
  ASSERT_TRUE(check("Bearer " + key));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(runtime_.run(authenticator_.note_used(Context::background(), key.substr(3, 12))));
  EXPECT_EQ(keys_.marked, 1);
  clock_.advance(Milliseconds(61'000));
  ASSERT_TRUE(runtime_.run(authenticator_.note_used(Context::background(), key.substr(3, 12))));
  EXPECT_EQ(keys_.marked, 2);
}

TEST(JsonFields, ErrorsStartWithTheField) {
  auto fields = JsonFields::parse(R"({"a":1,"b":[1],"c":"x","d":null})", {"a", "b", "c", "d"});
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->text("a").error().message, "a: must be a string");
  EXPECT_EQ(fields->text("d").error().message, "d: is required");
  EXPECT_EQ(fields->integer("c", {}, 0, 1).error().message, "c: must be a whole number");
  EXPECT_EQ(fields->integer("a", {}, 2, 3).error().message, "a: must be from 2 to 3");
  EXPECT_TRUE(fields->texts("b", 5).error().message.contains("token arrays"));
  EXPECT_EQ(JsonFields::parse(R"({"zz":1})", {"a"}).error().reason, "unknown_parameter");
  EXPECT_FALSE(JsonFields::parse("[]", {}));
  EXPECT_FALSE(JsonFields::parse(std::string(100'000, '['), {}));
  EXPECT_FALSE(JsonFields::parse(R"({"a":1.5})", {})->integer("a", {}, 0, 9));
}

TEST(UploadUri, IsStableAndAbsolute) {
  Hash hash = sha256("x");
  EXPECT_EQ(*upload_uri("HTTP://Example.org:80/a/../b", "f", hash), "http://example.org/b");
  EXPECT_EQ(*upload_uri("", "\u00e4 b.md", hash), "upload:%C3%A4%20b.md");
  EXPECT_EQ(*upload_uri("", "", hash), "upload:" + hash.hex());
  EXPECT_FALSE(upload_uri("not absolute", "", hash));
  EXPECT_FALSE(upload_uri("http://x/" + std::string(3000, 'x'), "", hash));
  EXPECT_EQ(clean_filename("C:\\dir\\..\\a\nb.md"), "ab.md");
  EXPECT_EQ(clean_filename("../../etc/passwd"), "passwd");
}

}  // namespace
}  // namespace docmill::gateway
