// SPDX-License-Identifier: Apache-2.0
#include "document/codec.h"

#include <gtest/gtest.h>

#include "document/binary.h"
#include "document/random_document.h"

namespace docmill::document {
namespace {

TEST(Codec, RoundTripKeepsEveryField) {
  Builder builder("text/html", "html/1", Limits{});
  builder.start_page({595.5F, 842});
  Block block{.kind = BlockKind::kCode, .layer = Layer::kFurniture};
  block.box = Box{1, 2, 3.25F, 4};
  block.source = TextRange{7, 99};
  block.marker = "m";
  block.language = "c";
  block.reason = "nav";
  ASSERT_TRUE(builder.add_block(block, "int x;"));
  Table table;
  table.cells = {{.row_span = 1, .column_span = 1, .header = true}, {.column = 1}};
  ASSERT_TRUE(builder.add_table({}, table, {"h", "v"}));
  builder.add_link(
      {.href = "u", .text = {0, 3}, .nofollow = true, .relation = "a", .modified = "2024"});
  builder.count_invisible("iii");
  builder.count_dropped("overprint", 5);
  builder.set_metadata("author", "A");
  builder.warn("w");
  Document& d = builder.document();
  d.title = "T", d.language = "en", d.charset = "utf-8", d.base_href = "b";
  d.noindex = true;
  Document before = builder.finish().value();
  Document after = decode(encode(before)).value();

  EXPECT_EQ(after.text, before.text);
  EXPECT_EQ(after.title + after.language + after.charset + after.base_href, "Tenutf-8b");
  EXPECT_EQ(after.media_type + after.parser, "text/htmlhtml/1");
  EXPECT_TRUE(after.noindex);
  EXPECT_FALSE(after.nofollow);
  const Block& code = after.blocks.at(0);
  EXPECT_EQ(code.kind, BlockKind::kCode);
  EXPECT_EQ(code.layer, Layer::kFurniture);
  EXPECT_EQ(code.box->right, 3.25F);
  EXPECT_EQ(code.source, (TextRange{7, 99}));
  EXPECT_EQ(code.marker + code.language + code.reason, "mcnav");
  EXPECT_EQ(code.page, 1u);
  EXPECT_TRUE(after.tables.at(0).cells.at(0).header);
  EXPECT_EQ(after.tables[0].cells.at(1).text, before.tables[0].cells[1].text);
  EXPECT_TRUE(after.links.at(0).nofollow);
  EXPECT_EQ(after.links[0].modified, "2024");
  EXPECT_EQ(after.pages.at(0).width, 595.5F);
  EXPECT_EQ(after.conservation.at(0).dropped.at("overprint"), 5u);
  EXPECT_EQ(after.metadata.at("author"), "A");
  EXPECT_EQ(after.warnings.at(0), "w");
  EXPECT_EQ(encode(after), encode(before));
}

TEST(Codec, RandomDocumentsSurvive) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::string bytes = encode(RandomDocument(seed).make(40));
    auto document = decode(bytes);
    ASSERT_TRUE(document.has_value()) << "seed " << seed << " " << document.error().message;
    EXPECT_EQ(encode(*document), bytes) << "seed " << seed;
  }
}

TEST(Codec, EveryTruncationIsCorruptData) {
  std::string bytes = encode(RandomDocument(7).make(30));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto document = decode(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(document.has_value()) << size;
    EXPECT_EQ(document.error().code, ErrorCode::kCorruptData);
  }
  EXPECT_FALSE(decode(bytes + "x").has_value());
}

TEST(Codec, DamagedBytesGiveAnErrorOrAModelWithoutFault) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RandomDocument random(seed);
    const std::string bytes = encode(random.make(20));
    for (int i = 0; i < 500; ++i) {
      std::string damaged = bytes;
      for (int j = random.number(1, 4); j > 0; --j)
        damaged[static_cast<std::size_t>(random.number(0, static_cast<int>(bytes.size()) - 1))] =
            static_cast<char>(random.number(0, 255));
      if (auto document = decode(damaged)) EXPECT_EQ(find_fault(*document), "") << "seed " << seed;
    }
  }
}

TEST(Codec, OtherVersionsAreRefusedByName) {
  std::string bytes = encode(RandomDocument(1).make(3));
  bytes[5] = 9;
  EXPECT_EQ(decode(bytes).error().reason, "model_version");
}

TEST(Codec, CountsBeyondTheBytesAllocateNothing) {
  BinaryWriter writer;
  writer.number(UINT64_MAX);
  std::string bytes = std::move(writer).take() + std::string(100, 'x');
  BinaryReader reader(bytes);
  EXPECT_EQ(reader.count(1), 0u);
  EXPECT_TRUE(reader.failed());
}

TEST(Binary, NumbersOfAnySizeSurviveAndOverlongOnesAreRefused) {
  for (std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                              std::uint64_t{1} << 32, UINT64_MAX}) {
    BinaryWriter writer;
    writer.number(value);
    std::string bytes = std::move(writer).take();
    BinaryReader reader(bytes);
    EXPECT_EQ(reader.number(), value);
    EXPECT_TRUE(reader.at_end());
  }
  std::string overlong = std::string(9, '\xFF') + "\x02";
  BinaryReader reader(overlong);
  EXPECT_EQ(reader.number(), 0u);
  EXPECT_TRUE(reader.failed());
}

}  // namespace
}  // namespace docmill::document
