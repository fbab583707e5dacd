// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace docmill {
namespace {

TEST(Utf8, RefusesOverlongSurrogateAndTooLarge) {
  EXPECT_EQ(utf8_sequence_length("\xC0\x80"), 0u);
  EXPECT_EQ(utf8_sequence_length("\xED\xA0\x80"), 0u);
  EXPECT_EQ(utf8_sequence_length("\xF4\x90\x80\x80"), 0u);
  EXPECT_EQ(utf8_sequence_length("\xF0\x9F\x98\x80"), 4u);
}

TEST(Utf8, ReplacesEachBadByteAndCountsIt) {
  std::size_t replaced = 0;
  EXPECT_EQ(to_valid_utf8("a\xFF\xFE"
                          "b",
                          &replaced),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(replaced, 2u);
}

TEST(Utf8, CodePointsRoundTrip) {
  for (char32_t code_point : {U'a', U'é', U'€', U'😀'}) {
    std::string text;
    append_utf8(text, code_point);
    EXPECT_EQ(decode_utf8(text), code_point);
  }
}

TEST(Utf8, PrefixCutsNoSequence) {
  EXPECT_EQ(utf8_prefix("a€b", 3), "a");
  EXPECT_EQ(utf8_prefix("a€b", 4), "a€");
}

}  // namespace
}  // namespace docmill
