// SPDX-License-Identifier: Apache-2.0
#include "document/builder.h"

#include <gtest/gtest.h>

#include "document/codec.h"
#include "document/random_document.h"

namespace docmill::document {
namespace {

Builder make(const Limits& limits = {}) { return Builder("text/plain", "text/1", limits); }

TEST(Builder, BlocksAreRangesIntoOneTextAndCharactersAreCounted) {
  Builder builder = make();
  EXPECT_EQ(builder.add_block({.kind = BlockKind::kHeading, .level = 2}, "A b"), 0);
  EXPECT_EQ(builder.add_block({}, " \n\u00A0"), -1);
  EXPECT_EQ(builder.add_block({.kind = BlockKind::kListItem, .level = 1, .marker = "•"}, "x"), 1);
  EXPECT_EQ(builder.add_block({.kind = BlockKind::kListItem, .level = 1, .marker = "•"}, "y"), 2);
  EXPECT_EQ(builder.add_block({.layer = Layer::kFurniture, .reason = "nav"}, "Home"), 3);
  builder.count_invisible("s p");
  builder.count_dropped("overprint", "zz");
  builder.count_dropped("overprint", 3);
  Document document = builder.finish().value();
  EXPECT_EQ(document.text, "A b\n\nx\ny\n\nHome");
  ASSERT_EQ(document.blocks.size(), 4u);
  EXPECT_EQ(document.blocks[2].text, (TextRange{7, 8}));
  const Conservation& row = document.conservation.at(0);
  EXPECT_EQ(row.body, 4u);
  EXPECT_EQ(row.furniture, 4u);
  EXPECT_EQ(row.invisible, 2u);
  EXPECT_EQ(row.dropped.at("overprint"), 5u);
  EXPECT_EQ(row.seen, 15u);
}

TEST(Builder, PagesHaveTheirOwnAccounts) {
  Builder builder = make();
  ASSERT_TRUE(builder.add_block({}, "before"));
  builder.start_page({100, 200});
  ASSERT_TRUE(builder.add_block({}, "one"));
  builder.start_page({});
  builder.start_page({});
  ASSERT_TRUE(builder.add_block({}, "three"));
  Document document = builder.finish().value();
  ASSERT_EQ(document.conservation.size(), 3u);
  EXPECT_EQ(document.blocks[0].page, 1u);
  EXPECT_EQ(document.conservation[0].body, 9u);
  EXPECT_EQ(document.conservation[1].seen, 0u);
  EXPECT_EQ(document.blocks[2].page, 3u);
}

TEST(Builder, InvalidBytesAreReplacedCountedAndControlsBecomeSpaces) {
  Builder builder = make();
  ASSERT_TRUE(builder.add_block({}, std::string_view("a\0b\r\nc\rd\x1B\xFF!", 11)));
  builder.document().title = "t\xFF";
  Document document = builder.finish().value();
  EXPECT_EQ(document.text, "a b \nc\nd \uFFFD!");
  EXPECT_EQ(document.warnings, std::vector<std::string>{"invalid_utf8:1"});
  EXPECT_EQ(document.title, "t\uFFFD");
  EXPECT_EQ(document.conservation[0].body, 6u);
}

TEST(Builder, TableTextHasTabsAndNewlines) {
  Builder builder = make();
  Table table;
  table.cells = {{.row = 0, .column = 0}, {.row = 0, .column = 1}, {.row = 1, .column = 0}};
  ASSERT_EQ(builder.add_table({.kind = BlockKind::kTable}, table, {"a\nb", "c", "d\te"}), 0);
  ASSERT_EQ(builder.add_table({}, table, {"", " ", "\n"}), -1);
  Document document = builder.finish().value();
  EXPECT_EQ(document.text, "a b\tc\nd e");
  ASSERT_EQ(document.tables.size(), 1u);
  EXPECT_EQ(document.tables[0].rows, 2u);
  EXPECT_EQ(document.tables[0].columns, 2u);
  EXPECT_EQ(document.tables[0].cells[2].text, (TextRange{6, 9}));
}

TEST(Builder, LinksWithRangesBeyondTheTextLoseThem) {
  Builder builder = make();
  ASSERT_TRUE(builder.add_block({}, "äb"));
  builder.add_link({.href = "x", .text = {0, 9}});
  builder.add_link({.href = "y", .text = {1, 2}});
  builder.add_link({.href = "z", .text = {0, 2}});
  Document document = builder.finish().value();
  EXPECT_EQ(document.links[0].text, TextRange{});
  EXPECT_EQ(document.links[1].text, TextRange{});
  EXPECT_EQ(document.links[2].text, (TextRange{0, 2}));
}

TEST(Builder, WarningsComeOnce) {
  Builder builder = make();
  builder.warn("a");
  builder.warn("a");
  EXPECT_EQ(builder.finish().value().warnings.size(), 1u);
}

std::string reason_after(Limits limits, void (*fill)(Builder&)) {
  Builder builder = make(limits);
  fill(builder);
  auto document = builder.finish();
  if (document) return "";
  EXPECT_EQ(document.error().code, ErrorCode::kTooLarge);
  return document.error().reason;
}

TEST(Builder, EachLimitIsTooLargeWithItsName) {
  Limits limits;
  limits.blocks = 2;
  limits.links = 1;
  limits.pages = 2;
  limits.table_cells = 3;
  limits.output_bytes = 300;
  limits.metadata_bytes = 20;
  limits.metadata_field_bytes = 15;
  EXPECT_EQ(reason_after(limits, [](Builder& b) { (void)b.add_block({}, "a"); }), "");
  EXPECT_EQ(reason_after(limits,
                         [](Builder& b) {
                           for (int i = 0; i < 3; ++i) (void)b.add_block({}, "a");
                         }),
            "limit_blocks");
  EXPECT_EQ(reason_after(limits,
                         [](Builder& b) {
                           for (int i = 0; i < 2; ++i) b.add_link({});
                         }),
            "limit_links");
  EXPECT_EQ(reason_after(limits,
                         [](Builder& b) {
                           for (int i = 0; i < 3; ++i) b.start_page({});
                         }),
            "limit_pages");
  EXPECT_EQ(reason_after(limits,
                         [](Builder& b) {
                           Table table;
                           table.cells = {{.row = 1, .column = 1}};
                           (void)b.add_table({}, table, {"a"});
                         }),
            "limit_table_cells");
  EXPECT_EQ(reason_after(limits, [](Builder& b) { (void)b.add_block({}, std::string(301, 'x')); }),
            "limit_output_bytes");
  EXPECT_EQ(reason_after(limits, [](Builder& b) { b.document().title = std::string(301, 'x'); }),
            "limit_output_bytes");
  EXPECT_EQ(reason_after(limits, [](Builder& b) { b.set_metadata("a", std::string(16, 'x')); }),
            "limit_metadata_field_bytes");
  EXPECT_EQ(reason_after(limits,
                         [](Builder& b) {
                           b.set_metadata("a", std::string(12, 'x'));
                           b.set_metadata("b", std::string(12, 'x'));
                         }),
            "limit_metadata_bytes");
}

TEST(Builder, WhateverIsPutInTheModelHasNoFault) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Document document = RandomDocument(seed).make(40);
    EXPECT_EQ(find_fault(document), "") << "seed " << seed;
    EXPECT_EQ(encoded_size(document), encode(document).size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace docmill::document
