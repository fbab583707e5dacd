// SPDX-License-Identifier: Apache-2.0
#include "retrieval/citation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmill::retrieval {
namespace {

using testing::ElementsAre;

TEST(IsQuotedFrom, IgnoresWhiteSpaceCaseAndTypographicQuotes) {
  EXPECT_TRUE(is_quoted_from("The \"limit\" is 5", "so:  the “Limit”\nis 5."));
  EXPECT_FALSE(is_quoted_from("the limit is 6", "the limit is 5"));
  EXPECT_FALSE(is_quoted_from("", "anything"));
  EXPECT_FALSE(is_quoted_from("  ", "anything"));
}

TEST(SentencesOf, CutsAtSentenceEndsAndLines) {
  EXPECT_THAT(sentences_of("One is here. Two, e.g. this. Three?\nitem"),
              ElementsAre("One is here.", "Two, e.g. this.", "Three?", "item"));
}

TEST(CheckAnswer, KeepsOnlyCitationsWhoseWordsStandInTheSource) {
  std::vector<SearchResult> sources(2);
  sources[0].text = "The default is 100 connections.";
  sources[0].uri = "a";
  sources[1].text = "Something else.";
  auto checked = check_answer(
      "It is 100 [1]. It is also blue [2]. And more [3].\n\n[1] \"default is 100\"\n"
      "[2] \"it is blue\"\n[3] \"made up\"",
      sources);
  EXPECT_EQ(checked.text, "It is 100 [1]. It is also blue. And more.");
  ASSERT_EQ(checked.citations.size(), 1u);
  EXPECT_EQ(checked.citations[0].uri, "a");
}

TEST(CheckAnswer, KeepsEveryQuoteOfASource) {
  std::vector<SearchResult> sources(1);
  sources[0].text = "The default is 100 connections. Three are kept for superusers.";
  auto checked = check_answer("97 [1].\n[1] \"default is 100\"\n[1] \"three are kept\"", sources);
  ASSERT_EQ(checked.citations.size(), 2u);
  EXPECT_EQ(checked.citations[1].quote, "three are kept");
}

TEST(CheckAnswer, DropsMarksWithoutAQuote) {
  std::vector<SearchResult> sources(1);
  sources[0].text = "Text.";
  auto checked = check_answer("A claim [1].", sources);
  EXPECT_EQ(checked.text, "A claim.");
  EXPECT_TRUE(checked.citations.empty());
}

}  // namespace
}  // namespace docmill::retrieval
