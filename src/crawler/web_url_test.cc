// SPDX-License-Identifier: Apache-2.0
#include "crawler/web_url.h"

#include <gtest/gtest.h>

namespace docmill::crawler {
namespace {

TEST(WebUrl, KeepsTheFetchedFormAndCanonicalisesTheKey) {
  auto url = parse_url("HTTP://Example.org:80/%7euser/a%2fb/?q=&x=%c3%a4#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->href, "http://example.org/%7euser/a%2fb/?q=&x=%c3%a4");
  EXPECT_EQ(url->key, "http://example.org/~user/a%2Fb/?q=&x=%C3%A4");
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->path, "/%7euser/a%2fb/?q=&x=%c3%a4");
}

TEST(WebUrl, KeepsTrailingSlashCaseAndPort) {
  EXPECT_NE(parse_url("http://a.org/x")->key, parse_url("http://a.org/x/")->key);
  EXPECT_NE(parse_url("http://a.org/X")->key, parse_url("http://a.org/x")->key);
  EXPECT_EQ(parse_url("http://a.org:8080/")->host, "a.org:8080");
}

TEST(WebUrl, RefusesOtherSchemesCredentialsAndNonsense) {
  EXPECT_FALSE(parse_url("ftp://a.org/"));
  EXPECT_FALSE(parse_url("javascript:alert(1)"));
  EXPECT_FALSE(parse_url("http://user:pw@a.org/"));
  EXPECT_FALSE(parse_url("not a url"));
  EXPECT_FALSE(resolve_url("mailto:x@a.org", "http://a.org/"));
}

TEST(WebUrl, ResolvesAgainstItsBase) {
  EXPECT_EQ(resolve_url("../b?c#d", "http://a.org/x/y/z")->href, "http://a.org/x/b?c");
  EXPECT_EQ(resolve_url("//h/p", "https://a.org/")->href, "https://h/p");
}

TEST(WebUrl, NumericHostsBecomeAddresses) {
  // Bypasses of address filters by spelling end here: the standard makes them dotted quads.
  EXPECT_EQ(parse_url("http://0x7f.1/")->hostname, "127.0.0.1");
  EXPECT_EQ(parse_url("http://2130706433/")->hostname, "127.0.0.1");
}

TEST(MatchesPattern, StarsStandForAnyRun) {
  EXPECT_TRUE(matches_pattern("http://a.org/docs/x.html", "*/docs/*"));
  EXPECT_TRUE(matches_pattern("abc", "a*c"));
  EXPECT_FALSE(matches_pattern("abcd", "a*c"));
  EXPECT_TRUE(matches_pattern("", "*"));
}

}  // namespace
}  // namespace docmill::crawler
