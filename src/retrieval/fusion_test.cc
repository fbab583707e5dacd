// SPDX-License-Identifier: Apache-2.0
#include "retrieval/fusion.h"

#include <gtest/gtest.h>

namespace docmill::retrieval {
namespace {

TEST(Fusion, AddsReciprocalRanksOfBothLists) {
  const auto fused = fuse({"a", "b"}, {"b", "c"}, {.k = 2});
  ASSERT_EQ(fused.size(), 3U);
  EXPECT_EQ(fused[0].id, "b");
  EXPECT_DOUBLE_EQ(fused[0].score, 1.0 / 4 + 1.0 / 3);
  EXPECT_EQ(fused[1].id, "a");
  EXPECT_DOUBLE_EQ(fused[1].score, 1.0 / 3);
  EXPECT_EQ(fused[2].id, "c");
}

TEST(Fusion, TiesAreOrderedByIdAndWeightsBreakThem) {
  EXPECT_EQ(fuse({"z"}, {"a"}, {})[0].id, "a");
  EXPECT_EQ(fuse({"z"}, {"a"}, {.dense_weight = 2})[0].id, "z");
  EXPECT_TRUE(fuse({}, {}, {}).empty());
}

}  // namespace
}  // namespace docmill::retrieval
