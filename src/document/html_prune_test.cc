// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "document/extract.h"

namespace docmill::document {
namespace {

const std::string kStory =
    "<p>The story itself is told in this column, in as many words as it takes to tell it. Then "
    "there is some more of it, and a little more after that.</p>";

// "reason: text" of all furniture, a line a block.
std::string furniture_of(const std::string& html) {
  ExtractInput input;
  input.bytes = html;
  input.main_content = true;
  const auto document = parse_html(input, {});
  EXPECT_TRUE(document) << document.error().message;
  std::string lines;
  if (!document) return lines;
  for (const auto& block : document->blocks) {
    if (block.layer != Layer::kFurniture) continue;
    lines += block.reason + ": " +
             document->text.substr(block.text.begin, block.text.end - block.text.begin) + "\n";
  }
  return lines;
}

TEST(HtmlPrune, WhatIsFurnitureInOnePlaceIsInAll) {
  EXPECT_EQ(
      furniture_of("<main><h1>H</h1>" + kStory + "<div class=advertisement>Advert:</div>" + kStory +
                   "<p>Advert:</p>" + kStory + "<p>Another:</p>" + kStory + "</main>"),
      "advert: Advert:\nrepeated: Advert:\n");
}

TEST(HtmlPrune, TheTitleOfABoxOfLinksGoesWithThem) {
  const std::string links = "<p><a href=1>One other story</a></p><p><a href=2>Two more</a></p>";
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + kStory + "<div><div>More of this</div>" +
                         links + "</div></main>"),
            "empty_section: More of this\nlink_density: One other story\n"
            "link_density: Two more\n");
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + kStory + "<div><div>More of this</div>" +
                         links + kStory + "</div></main>"),
            "link_density: One other story\nlink_density: Two more\n");
}

TEST(HtmlPrune, TeasersGoUnlessThePageIsMadeOfThem) {
  const std::string teasers =
      "<div><div><h3><a href=1>One</a></h3><p>What the first is about, in a few plain words and a "
      "line that is long.</p></div><div><h3><a href=2>Two</a></h3><p>Not much.</p></div></div>";
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + kStory + kStory + teasers + "</main>"),
            "related: One\nrelated: What the first is about, in a few plain words and a line that "
            "is long.\nrelated: Two\nrelated: Not much.\n");
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + teasers + "</main>").find("related"),
            std::string::npos);
}

TEST(HtmlPrune, LinksToOtherSitesAreSources) {
  const auto page = [](const std::string& host) {
    return "<link rel=canonical href='https://www.a.example/1'><main><h1>H</h1>" + kStory +
           "<p><a href='https://" + host + "/x'>The whole report</a></p>" +
           "<p>(<a href='https://" + host + "/y'>by way of this</a>)</p>" + kStory + "</main>";
  };
  EXPECT_EQ(furniture_of(page("b.example")), "");
  EXPECT_EQ(furniture_of(page("news.a.example")),
            "link_density: The whole report\nlink_density: (by way of this)\n");
}

TEST(HtmlPrune, SectionsNamedForTheirAdvertisementsAreText) {
  const auto page = [](const std::string& inner) {
    return "<main><h1>H</h1>" + kStory + kStory + kStory + kStory + kStory + kStory + kStory +
           kStory + "<section class='part part--ads'>" + inner + "</section></main>";
  };
  EXPECT_EQ(furniture_of(page("<p>Buy one now.</p>")), "advert: Buy one now.\n");
  EXPECT_EQ(furniture_of(page(kStory + kStory + kStory + kStory + kStory + kStory)), "");
}

TEST(HtmlPrune, BoxesGoByTheirTitles) {
  const std::string about =
      "<p>She writes for us, as she has done for many years, on most days.</p>";
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + kStory + "<div><h3>About the author</h3>" +
                         about + "</div></main>"),
            "byline: About the author\nbyline: She writes for us, as she has done for many years, "
            "on most days.\n");
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + kStory + "<div><h3>About the house</h3>" +
                         about + "</div></main>"),
            "");
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + "<div><h3>Author</h3>" + kStory + kStory +
                         "</div></main>"),
            "");
}

TEST(HtmlPrune, FormsAreFurnitureUnlessThePageStandsInOne) {
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + kStory +
                         "<form><p>I agree that my name will be kept.</p></form></main>"),
            "form: I agree that my name will be kept.\n");
  EXPECT_EQ(furniture_of("<form><main><h1>H</h1>" + kStory + kStory + "</main></form>"), "");
}

TEST(HtmlPrune, CreditsAndShortLinksAlone) {
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + "<p>Featured image: a name</p>" + kStory +
                         "<div><a href=1>Read on</a> 5 min</div>" + kStory +
                         "<p>The result: a name</p>" + kStory + "</main>"),
            "credit: Featured image: a name\nlink_density: Read on 5 min\n");
}

TEST(HtmlPrune, OtherPagesGoByTheirNames) {
  for (const auto* name : {"next-post", "moreStories", "prevarticle", "latest_news"}) {
    EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + kStory + "<div class=" + name +
                           "><p>A dog, and a man.</p></div></main>"),
              "related: A dog, and a man.\n")
        << name;
  }
  EXPECT_EQ(furniture_of("<main><h1>H</h1>" + kStory + kStory +
                         "<div class=post-body><p>A dog, and a man.</p></div></main>"),
            "");
}

TEST(HtmlPrune, ManyShortBlocksAreQuick) {
  std::string page = "<main><div><a href=1>x</a>";
  for (int i = 0; i < 100'000; ++i) page += "<p>" + std::to_string(i) + "</p>";
  EXPECT_EQ(furniture_of(page), "");
}

}  // namespace
}  // namespace docmill::document
