// SPDX-License-Identifier: Apache-2.0
#include "retrieval/extractive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmill::retrieval {
namespace {

using testing::StartsWith;

std::vector<Extract> sentences(std::vector<std::string> texts, std::size_t sentences_max = 64) {
  std::vector<SearchResult> sources;
  for (std::string& text : texts) sources.emplace_back().text = std::move(text);
  return sentences_of_sources(sources, sentences_max);
}

TEST(SentencesOfSources, TakesEqualOnesOnceAndNoMoreThanAllowed) {
  EXPECT_EQ(sentences({"One here. Two here.", "Two here. Three here."}).size(), 3u);
  EXPECT_EQ(sentences({"One here. Two here.", "Two here. Three here."}, 2).size(), 2u);
}

TEST(BestSentences, PrefersThoseWithTheQuestionsWords) {
  auto best = best_sentences(
      "How do I limit the connections of a role?",
      sentences({"Roles exist in every cluster. The CONNECTION LIMIT clause sets how many "
                 "connections a role can make. Other things follow here as well."}),
      {}, 1);
  ASSERT_EQ(best.size(), 1u);
  EXPECT_THAT(best[0].quote, StartsWith("The CONNECTION LIMIT"));
}

TEST(BestSentences, LeavesOutWhatSharesNoWordWithTheQuestion) {
  auto best =
      best_sentences("How do I limit connections?",
                     sentences({"Synopsis\nThe limit of connections is set per role."}), {}, 2);
  ASSERT_EQ(best.size(), 1u);
  EXPECT_THAT(best[0].quote, StartsWith("The limit"));
}

TEST(BestSentences, MeaningCountsBesideWords) {
  auto best = best_sentences("How long are bills kept?",
                             sentences({"Bills are yellow. Invoices stay for ten years."}),
                             {0.3F, 0.8F}, 1);
  ASSERT_EQ(best.size(), 1u);
  EXPECT_EQ(best[0].quote, "Invoices stay for ten years.");
}

TEST(BestSentences, ASourceFarBehindTheBestGivesNone) {
  auto best =
      best_sentences("How do I limit the connections of a role?",
                     sentences({"The limit of connections of a role is set with ALTER ROLE.",
                                "A role is an entity of the cluster."}),
                     {0.8F, 0.2F}, 2);
  ASSERT_EQ(best.size(), 1u);
  EXPECT_EQ(best[0].source, 0u);
}

TEST(BestSentences, NothingFitsIsEmpty) {
  EXPECT_TRUE(best_sentences("Why?", sentences({"Some text."}), {0.1F}, 2).empty());
  EXPECT_TRUE(best_sentences("Why?", {}, {}, 2).empty());
}

}  // namespace
}  // namespace docmill::retrieval
