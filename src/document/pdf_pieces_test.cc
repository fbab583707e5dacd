// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "document/pdf_headings.h"
#include "document/pdf_join.h"
#include "document/pdf_marker.h"

namespace docmill::document::pdf {
namespace {

TEST(PdfMarker, KnowsBulletsAndShortLabels) {
  EXPECT_EQ(marker_length("\u2022 item"), 3U);
  EXPECT_EQ(marker_length("12. item"), 3U);
  EXPECT_EQ(marker_length("(iv) item"), 4U);
  EXPECT_EQ(marker_length("b) item"), 2U);
  EXPECT_EQ(marker_length("2016. A year ago"), 0U);
  EXPECT_EQ(marker_length("B. Smith"), 0U);
  EXPECT_EQ(marker_length("-5 degrees"), 0U);
  EXPECT_TRUE(is_marker("3."));
  EXPECT_EQ(clean_marker("\uF0B7"), "\u2022");
  EXPECT_TRUE(has_leaders("Contents . . . . . 3"));
}

TEST(PdfHeadings, StylesRankBySizeThenWeight) {
  const std::vector<HeadingCandidate> candidates = {{.block = 0, .size = 12, .bold = true},
                                                    {.block = 1, .size = 20},
                                                    {.block = 2, .size = 12},
                                                    {.block = 3, .size = 20}};
  EXPECT_EQ(heading_levels(candidates), (std::vector<int>{2, 1, 3, 1}));
}

TEST(PdfHeadings, OutlineMatchesWithoutNumbersAndCase) {
  const OutlineIndex outline({{.title = "Second Part", .level = 2, .page = 3}});
  EXPECT_EQ(outline.level_of("2.1 SECOND part", 3), 2);
  EXPECT_EQ(outline.level_of("Second Part", 4), 0);
}

TEST(PdfVocabulary, FindsWordsWithoutCase) {
  Vocabulary vocabulary;
  vocabulary.add("A Well-known Example, indeed");
  EXPECT_TRUE(vocabulary.has("well-known"));
  EXPECT_TRUE(vocabulary.has("example"));
  EXPECT_FALSE(vocabulary.has("wellknown"));
}

}  // namespace
}  // namespace docmill::document::pdf
