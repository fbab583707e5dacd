// SPDX-License-Identifier: Apache-2.0
#include "crawler/crawl_scope.h"

#include <gtest/gtest.h>

namespace docmill::crawler {
namespace {

CrawlScope scope_of(std::string scope, std::vector<std::string> include = {},
                    std::vector<std::string> exclude = {}) {
  CrawlPlan plan{.seeds = *seeds_of({"http://a.org/docs/index.html?x=1"}),
                 .scope = std::move(scope),
                 .include = std::move(include),
                 .exclude = std::move(exclude)};
  return *CrawlScope::create(plan);
}

bool contains(const CrawlScope& scope, std::string_view url) {
  return scope.contains(*parse_url(url));
}

TEST(CrawlScope, HostMeansTheSeedsHostAndPort) {
  CrawlScope scope = scope_of("");
  EXPECT_TRUE(contains(scope, "http://a.org/other"));
  EXPECT_FALSE(contains(scope, "http://a.org:81/other"));
  EXPECT_FALSE(contains(scope, "http://www.a.org/"));
}

TEST(CrawlScope, PrefixMeansTheSeedsFolder) {
  CrawlScope scope = scope_of("prefix");
  EXPECT_TRUE(contains(scope, "http://a.org/docs/deep/x"));
  EXPECT_FALSE(contains(scope, "http://a.org/blog"));
}

TEST(CrawlScope, ExcludeBeatsInclude) {
  CrawlScope scope = scope_of("any", {"*.html"}, {"*/private/*"});
  EXPECT_TRUE(contains(scope, "http://b.org/x.html"));
  EXPECT_FALSE(contains(scope, "http://b.org/x.pdf"));
  EXPECT_FALSE(contains(scope, "http://b.org/private/x.html"));
}

TEST(CrawlScope, NamesABadSeedAndABadScope) {
  auto seeds = seeds_of({"http://a.org/", "nonsense"});
  ASSERT_FALSE(seeds);
  EXPECT_NE(seeds.error().message.find("nonsense"), std::string::npos);
  EXPECT_FALSE(CrawlScope::create({.seeds = *seeds_of({"http://a.org"}), .scope = "galaxy"}));
}

}  // namespace
}  // namespace docmill::crawler
