// SPDX-License-Identifier: Apache-2.0
#include "rank_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace docmill::bench {
namespace {

// Worked by hand: gains 3, 2 and 1, in the order of the ranking 2, none, 3.
TEST(RankMetricsTest, NdcgIsWhatPaperAndPencilGive) {
  const Judgements judged{{"a", 3}, {"b", 2}, {"c", 1}};
  const double ideal = 3 / 1.0 + 2 / std::log2(3.0) + 1 / 2.0;
  const double gained = 2 / 1.0 + 3 / 2.0;
  EXPECT_NEAR(ndcg_at({"b", "x", "a"}, judged, 10), gained / ideal, 1e-12);
  EXPECT_NEAR(ndcg_at({"b", "x", "a"}, judged, 10), 0.73501, 1e-5);
}

TEST(RankMetricsTest, BestOrderIsOneAndNothingIsZero) {
  const Judgements judged{{"a", 3}, {"b", 2}};
  EXPECT_DOUBLE_EQ(ndcg_at({"a", "b", "x"}, judged, 10), 1);
  EXPECT_DOUBLE_EQ(ndcg_at({"x", "y"}, judged, 10), 0);
  EXPECT_DOUBLE_EQ(ndcg_at({}, judged, 10), 0);
  EXPECT_DOUBLE_EQ(ndcg_at({"a"}, {}, 10), 0);
}

TEST(RankMetricsTest, OnlyTheFirstKCountAndTheIdealIsCutToo) {
  const Judgements judged{{"a", 1}, {"b", 1}, {"c", 1}};
  EXPECT_DOUBLE_EQ(ndcg_at({"a", "b", "x", "c"}, judged, 2), 1);
  EXPECT_DOUBLE_EQ(ndcg_at({"x", "y", "a"}, judged, 2), 0);
}

TEST(RankMetricsTest, RepetitionsGainNothing) {
  const Judgements judged{{"a", 1}, {"b", 1}};
  EXPECT_DOUBLE_EQ(ndcg_at({"a", "a"}, judged, 10), ndcg_at({"a"}, judged, 10));
  EXPECT_DOUBLE_EQ(recall_at({"a", "a"}, judged, 10), 0.5);
}

TEST(RankMetricsTest, RecallIsTheShareOfRelevantDocuments) {
  const Judgements judged{{"a", 4}, {"b", 1}, {"c", 0}, {"d", 2}, {"e", 2}};
  EXPECT_DOUBLE_EQ(recall_at({"a", "c", "x", "d"}, judged, 10), 0.5);
  EXPECT_DOUBLE_EQ(recall_at({"a", "c", "x", "d"}, judged, 1), 0.25);
  EXPECT_DOUBLE_EQ(recall_at({"a"}, {{"a", 0}}, 1), 0);
}

}  // namespace
}  // namespace docmill::bench
