// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "document/extract.h"

namespace docmill::document {
namespace {

Document parse(std::string_view bytes, std::string charset = "") {
  return parse_text({.bytes = bytes, .declared_charset = std::move(charset)}, Limits{}).value();
}

TEST(Text, BlankLinesPartParagraphs) {
  Document document = parse("One\ntwo\r\n \r\nthree\n\n\n  four\n");
  EXPECT_EQ(document.text, "One\ntwo\n\nthree\n\n  four");
  ASSERT_EQ(document.blocks.size(), 3u);
  EXPECT_EQ(document.blocks[1].source, (TextRange{12, 17}));
  EXPECT_TRUE(document.pages.empty());
}

TEST(Text, FormFeedsMakePages) {
  Document document = parse("a\fb\n\f\fd\f\n");
  ASSERT_EQ(document.pages.size(), 4u);
  EXPECT_EQ(document.blocks.at(1).page, 2u);
  EXPECT_EQ(document.blocks.at(2).page, 4u);
  EXPECT_EQ(document.conservation[2].seen, 0u);
}

TEST(Text, CharsetsAreDecodedAndNamed) {
  Document document = parse("caf\xE9", "iso-8859-1");
  EXPECT_EQ(document.text, "café");
  EXPECT_EQ(document.charset, "windows-1252");
  EXPECT_FALSE(document.blocks[0].source);
  EXPECT_EQ(parse("\xEF\xBB\xBFx").blocks.at(0).source, (TextRange{3, 4}));
}

TEST(Text, OldMacintoshLineEndsPartLines) { EXPECT_EQ(parse("a\rb\r\rc").text, "a\nb\n\nc"); }

TEST(Text, TooManyBytesAreRefused) {
  Limits limits;
  limits.input_bytes = 3;
  EXPECT_EQ(parse_text({.bytes = "four"}, limits).error().reason, "limit_input_bytes");
}

}  // namespace
}  // namespace docmill::document
