// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "document/pdf_glyphs.h"
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

TEST(PdfMarker, LeadersGoAndTheirDotsAreCounted) {
  std::string text = "Contents . . . . . 3";
  EXPECT_EQ(remove_leaders(text), 5U);
  EXPECT_EQ(text, "Contents 3");
  text = "wait... what. Yes";
  EXPECT_EQ(remove_leaders(text), 0U);
  EXPECT_EQ(text, "wait... what. Yes");
}

TEST(PdfGlyphs, LettersOfALigatureStayInTheirWord) {
  PageText page;
  page.frames.emplace_back();
  SegmentBuilder builder(page);
  const pdf::Run run{.size = 10};
  builder.add_glyph(run, {.code_point = 'e', .left = 0, .right = 5});
  builder.add_glyph(run, {.code_point = 'f', .left = 5, .right = 13});
  builder.add_glyph(run, {.code_point = 'f', .left = 5, .right = 13, .same_glyph = true});
  builder.add_glyph(run, {.code_point = 'i', .left = 5, .right = 13, .same_glyph = true});
  builder.add_glyph(run, {.code_point = 'c', .left = 13, .right = 18});
  builder.add_glyph(run, {.code_point = 0xFB01, .left = 18, .right = 24});
  builder.finish();
  ASSERT_EQ(page.segments.size(), 1U);
  EXPECT_EQ(page.text, "efficfi");
  EXPECT_TRUE(page.dropped.empty());
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
