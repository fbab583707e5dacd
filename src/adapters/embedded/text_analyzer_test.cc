// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/text_analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmill::embedded {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> analyze(std::string_view text) { return TextAnalyzer().analyze(text); }

TEST(TextAnalyzer, LowersStemsAndLeavesStopWordsOut) {
  EXPECT_THAT(analyze("The Wings of the aircraft were TESTED."),
              ElementsAre("wing", "aircraft", "were", "test"));
}

TEST(TextAnalyzer, FindsIdentifiersWholeAndInPieces) {
  EXPECT_THAT(analyze("parseHtml"), ElementsAre("parsehtml", "pars", "html"));
  EXPECT_THAT(analyze("HTMLParser"), ElementsAre("htmlparser", "html", "parser"));
  EXPECT_THAT(analyze("max_open_files"), ElementsAre("max", "open", "file"));
}

TEST(TextAnalyzer, KeepsNumbersWithPointsAndPossessives) {
  EXPECT_THAT(analyze("Python 3.11, released."), ElementsAre("python", "3.11", "releas"));
  EXPECT_THAT(analyze("the engine's load"), ElementsAre("engin", "load"));
  EXPECT_THAT(analyze("the engine\u2019s 'load'"), ElementsAre("engin", "load"));
}

TEST(TextAnalyzer, LowersUnicodeLettersAndSplitsIdeographs) {
  EXPECT_THAT(analyze("ÜBERGRÖSSE Ελλάδα"), ElementsAre("übergröss", "ελλάδα"));
  EXPECT_THAT(analyze("東京 tower"), ElementsAre("東", "京", "tower"));
}

TEST(TextAnalyzer, BytesThatAreNotUtf8SeparateWords) {
  EXPECT_THAT(analyze("left\xFFright"), ElementsAre("left", "right"));
  EXPECT_THAT(analyze("\xC3"), IsEmpty());
  EXPECT_THAT(analyze(""), IsEmpty());
}

TEST(TextAnalyzer, CutsEndlessWordsBetweenCharacters) {
  const auto terms = analyze(std::string(1000, 'x'));
  ASSERT_EQ(terms.size(), 1U);
  EXPECT_EQ(terms[0].size(), 64U);
}

}  // namespace
}  // namespace docmill::embedded
