// SPDX-License-Identifier: Apache-2.0
#include "crawler/robots.h"

#include <gtest/gtest.h>

namespace docmill::crawler {
namespace {

using std::chrono_literals::operator""ms;

bool allowed(std::string_view rules, std::string_view path, std::string_view agent = "docmill") {
  return RobotsRules::parse(rules, agent).allows(path);
}

// RFC 9309, 5.1: the simple example.
constexpr std::string_view kSimple =
    "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n"
    "User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n"
    "User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\n"
    "User-Agent: quxbot\n";

TEST(Robots, FollowsTheExampleOfTheStandard) {
  EXPECT_FALSE(allowed(kSimple, "/example/page.html"));
  EXPECT_FALSE(allowed(kSimple, "/x.gif"));
  EXPECT_TRUE(allowed(kSimple, "/publications/x"));
  EXPECT_TRUE(allowed(kSimple, "/example/page.html", "foobot"));
  EXPECT_FALSE(allowed(kSimple, "/other", "foobot"));
  EXPECT_FALSE(allowed(kSimple, "/example/page.html", "bazbot"));
  EXPECT_TRUE(allowed(kSimple, "/x.gif", "BarBot"));
  EXPECT_TRUE(allowed(kSimple, "/example/", "quxbot"));
}

TEST(Robots, LongestMatchWinsAndAllowWinsTies) {
  constexpr std::string_view kRules =
      "User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n";
  EXPECT_FALSE(allowed(kRules, "/example/page/disallowed.gif"));
  EXPECT_TRUE(allowed(kRules, "/example/page/other"));
  EXPECT_TRUE(allowed("User-agent: *\nDisallow: /a\nAllow: /a\n", "/a"));
}

TEST(Robots, MergesGroupsOfOneAgent) {
  constexpr std::string_view kRules =
      "User-agent: docmill\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\n"
      "User-agent: Docmill\nDisallow: /b\n";
  EXPECT_FALSE(allowed(kRules, "/a"));
  EXPECT_FALSE(allowed(kRules, "/b"));
  EXPECT_TRUE(allowed(kRules, "/c"));
}

TEST(Robots, ComparesPercentEncodingByMeaning) {
  EXPECT_FALSE(allowed("User-agent: *\nDisallow: /%7Ejoe\n", "/~joe/x"));
  EXPECT_FALSE(allowed("User-agent: *\nDisallow: /caf\xC3\xA9\n", "/caf%c3%a9"));
  EXPECT_TRUE(allowed("User-agent: *\nDisallow: /a%2Fb\n", "/a/b"));
}

TEST(Robots, WildcardsAndAnchors) {
  constexpr std::string_view kRules = "User-agent: *\nDisallow: /*.php$\nDisallow: /x*y*z\n";
  EXPECT_FALSE(allowed(kRules, "/a/b.php"));
  EXPECT_TRUE(allowed(kRules, "/a/b.php?c"));
  EXPECT_FALSE(allowed(kRules, "/x1y2z3"));
  EXPECT_TRUE(allowed(kRules, "/x1y2"));
}

TEST(Robots, SurvivesHostileWildcards) {
  std::string rules = "User-agent: *\nDisallow: /" + std::string(2000, '*') + "b$\n";
  EXPECT_TRUE(allowed(rules, "/" + std::string(2000, 'a')));
}

TEST(Robots, ReadsDelaySitemapsCommentsBomAndAnyLineEnd) {
  auto rules = RobotsRules::parse(
      "\xEF\xBB\xBFUser-agent: * # all\r\nCrawl-delay: 1.5\rDisallow:\r\n"
      "Sitemap: http://a.org/s.xml\nsitemap: http://a.org/t.xml",
      "docmill");
  EXPECT_EQ(rules.crawl_delay(), 1500ms);
  EXPECT_EQ(rules.sitemaps().size(), 2u);
  EXPECT_TRUE(rules.allows("/x"));
}

TEST(Robots, RobotsTxtItselfIsAlwaysAllowed) {
  EXPECT_TRUE(RobotsRules::disallow_all().allows("/robots.txt"));
  EXPECT_FALSE(RobotsRules::disallow_all().allows("/"));
}

TEST(Robots, NamesTheDecidingRule) {
  auto rules = RobotsRules::parse("User-agent: *\nDisallow: /private\n", "docmill");
  EXPECT_EQ(rules.deciding_rule("/private/x"), "disallow: /private");
  EXPECT_EQ(rules.deciding_rule("/public"), "");
}

}  // namespace
}  // namespace docmill::crawler
