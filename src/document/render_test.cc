// SPDX-License-Identifier: Apache-2.0
#include "document/render.h"

#include <gtest/gtest.h>

#include "document/builder.h"
#include "document/random_document.h"

namespace docmill::document {
namespace {

Document sample() {
  Builder builder("text/plain", "text/1", Limits{});
  auto add = [&](Block block, const std::string& text) {
    EXPECT_TRUE(builder.add_block(std::move(block), text));
  };
  add({.kind = BlockKind::kHeading, .level = 2}, "Ti\ntle");
  add({.layer = Layer::kFurniture, .reason = "nav"}, "Home");
  add({.kind = BlockKind::kListItem, .level = 1, .marker = "•"}, "one");
  add({.kind = BlockKind::kListItem, .level = 2, .marker = "3."}, "deep");
  add({.kind = BlockKind::kListItem, .level = 2}, "more");
  add({.kind = BlockKind::kCode, .language = "c"}, "a ```` b");
  add({.kind = BlockKind::kQuote, .level = 2}, "q\nr");
  add({.kind = BlockKind::kFootnote, .marker = "1"}, "note");
  Table table;
  table.cells = {{.row = 0, .column = 0, .column_span = 2}, {.row = 1}, {.row = 1, .column = 1}};
  EXPECT_TRUE(builder.add_table({}, table, {"a|b", "c", "d"}));
  return builder.finish().value();
}

TEST(Render, MarkdownKeepsTheStructure) {
  EXPECT_EQ(to_markdown(sample()),
            "## Ti tle\n\n- one\n    3. deep\n\n        more\n\n`````c\na ```` b\n`````\n\n"
            "> > q\n> > r\n\n[^1]: note\n\n| a\\|b | a\\|b |\n| --- | --- |\n| c | d |\n");
}

TEST(Render, TextLeavesFurnitureOutUnlessAsked) {
  EXPECT_TRUE(to_text(sample()).starts_with("Ti\ntle\n\n• one\n  3. deep\n"));
  EXPECT_NE(to_text(sample(), Furniture::kInclude).find("Home"), std::string::npos);
}

TEST(Render, JsonHoldsTheWholeModel) {
  std::string json = to_json(sample());
  EXPECT_NE(
      json.find(R"({"kind":"heading","layer":"body","level":2,"range":[0,6],"text":"Ti\ntle"})"),
      std::string::npos);
  EXPECT_NE(json.find(R"("layer":"furniture","range":[8,12],"text":"Home","reason":"nav")"),
            std::string::npos);
  EXPECT_NE(json.find(R"("row":0,"column":0,"row_span":1,"column_span":2,"header":false)"),
            std::string::npos);
}

TEST(Render, AnyDocumentCanBeRendered) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Document document = RandomDocument(seed).make(30);
    EXPECT_EQ(count_characters(to_json(document)) > 0, true);
    EXPECT_EQ(to_markdown(document, Furniture::kInclude).empty(), document.blocks.empty());
  }
}

}  // namespace
}  // namespace docmill::document
