// SPDX-License-Identifier: Apache-2.0
#include "document/chunker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "document/random_document.h"

namespace docmill::document {
namespace {

std::vector<TextRange> words(std::string_view text) {
  std::vector<TextRange> tokens;
  std::uint32_t i = 0;
  auto white = [&] { return text[i] == ' ' || text[i] == '\n' || text[i] == '\t'; };
  while (i < text.size()) {
    while (i < text.size() && white()) ++i;
    std::uint32_t begin = i;
    while (i < text.size() && !white()) ++i;
    if (i > begin) tokens.push_back({begin, i});
  }
  return tokens;
}

template <std::uint32_t kSize>
std::vector<TextRange> pieces(std::string_view text) {
  std::vector<TextRange> tokens;
  for (std::uint32_t i = 0; i < text.size(); i += kSize)
    tokens.push_back({i, std::min(i + kSize, static_cast<std::uint32_t>(text.size()))});
  return tokens;
}

std::string many(const std::string& word, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += word + std::to_string(i) + (i % 9 == 8 ? ". " : " ");
  return out;
}

Document simple() {
  Builder builder("text/plain", "text/1", Limits{});
  auto add = [&](BlockKind kind, int level, const std::string& text) {
    EXPECT_TRUE(builder.add_block({.kind = kind, .level = static_cast<std::uint8_t>(level)}, text));
  };
  add(BlockKind::kHeading, 1, "Guide");
  add(BlockKind::kHeading, 2, "Install");
  add(BlockKind::kParagraph, 0, "Short one.");
  add(BlockKind::kParagraph, 0, "Short two.");
  add(BlockKind::kHeading, 2, "Use");
  add(BlockKind::kParagraph, 0, many("word", 500));
  return builder.finish().value();
}

TEST(Chunker, SmallNeighboursUnderOneHeadingShareAChunkAndLevelTwoHeadingsPart) {
  auto chunks = chunk(simple(), "d", {}, words);
  ASSERT_GE(chunks.size(), 4u);
  EXPECT_EQ(chunks[0].text, "Guide\n\nInstall\n\nShort one.\n\nShort two.");
  EXPECT_EQ(chunks[0].heading_path, "");
  EXPECT_TRUE(chunks[1].text.starts_with("Use\n\nword0"));
  EXPECT_EQ(chunks[1].heading_path, "Guide");
  EXPECT_EQ(chunks[2].heading_path, "Guide > Use");
  EXPECT_EQ(chunks[2].embedding_text(), "Guide > Use\n" + chunks[2].text);
}

TEST(Chunker, LongParagraphsAreCutAtSentencesWithOverlap) {
  auto chunks = chunk(simple(), "d", {}, words);
  for (std::size_t i = 1; i + 1 < chunks.size(); ++i) {
    EXPECT_TRUE(chunks[i].text.ends_with(". ")) << chunks[i].text;
    EXPECT_LT(chunks[i + 1].ranges.front().begin, chunks[i].ranges.back().end);
  }
}

TEST(Chunker, SplitTablesRepeatTheirHeader) {
  Builder builder("text/plain", "text/1", Limits{});
  Table table;
  std::vector<std::string> texts;
  for (std::uint32_t row = 0; row < 200; ++row)
    for (std::uint32_t column = 0; column < 3; ++column) {
      table.cells.push_back({.row = row, .column = column, .header = row == 0});
      texts.push_back((row == 0 ? "Name" : "v") + std::to_string(row) + std::to_string(column));
    }
  ASSERT_TRUE(builder.add_table({}, table, texts));
  auto chunks = chunk(builder.finish().value(), "d", {}, words);
  ASSERT_GT(chunks.size(), 2u);
  for (const Chunk& chunk : chunks) {
    EXPECT_TRUE(chunk.text.starts_with("Name00\tName01\tName02\n")) << chunk.text;
    EXPECT_TRUE(chunk.table);
  }
}

TEST(Chunker, AnUnchangedSectionKeepsItsIds) {
  auto make = [](const std::string& changed) {
    Builder builder("text/plain", "text/1", Limits{});
    for (const char* name : {"A", "B", "C"}) {
      EXPECT_TRUE(builder.add_block({.kind = BlockKind::kHeading, .level = 2}, name));
      EXPECT_TRUE(builder.add_block({}, name == std::string("B") ? changed : many(name, 300)));
    }
    std::set<std::string> ids;
    for (const Chunk& c : chunk(builder.finish().value(), "d", {}, words)) ids.insert(c.id);
    return ids;
  };
  std::set<std::string> before = make("one"), after = make("two words");
  std::vector<std::string> kept;
  std::ranges::set_intersection(before, after, std::back_inserter(kept));
  EXPECT_EQ(kept.size() + 1, before.size());
}

TEST(Chunker, ChunksSurviveTheirCodec) {
  auto chunks = chunk(simple(), "d", {}, words);
  std::string bytes = encode_chunks(chunks);
  auto decoded = decode_chunks(bytes).value();
  ASSERT_EQ(decoded.size(), chunks.size());
  EXPECT_EQ(encode_chunks(decoded), bytes);
  EXPECT_EQ(decoded[1].ranges, chunks[1].ranges);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_chunks(std::string_view(bytes).substr(0, size)).has_value());
}

void check_invariants(const Document& document, const ChunkSettings& settings,
                      const Tokenize& tokenize) {
  auto chunks = chunk(document, "d", settings, tokenize);
  std::vector<bool> covered(document.text.size(), false);
  std::set<std::string> ids;
  for (const Chunk& c : chunks) {
    auto count = static_cast<int>(tokenize(c.embedding_text()).size());
    ASSERT_EQ(c.tokens, count);
    ASSERT_LE(count, settings.tokens_max);
    ASSERT_TRUE(ids.insert(c.id).second);
    ASSERT_EQ(c.id.size(), 32u);
    for (TextRange range : c.ranges)
      for (std::uint32_t i = range.begin; i < range.end; ++i) covered[i] = true;
  }
  for (const Block& block : document.blocks) {
    if (block.layer != Layer::kBody) continue;
    for (std::uint32_t i = block.text.begin; i < block.text.end; ++i)
      ASSERT_TRUE(covered[i] || static_cast<unsigned char>(document.text[i]) <= 0x20 ||
                  count_characters(document.text.substr(block.text.begin,
                                                        block.text.end - block.text.begin)) == 0 ||
                  document.text[i] == '\xC2' || (document.text[i] & 0x80) != 0)
          << "byte " << i;
    if (block.kind != BlockKind::kTable) continue;
    // Each row that fits the limit by itself lies whole in some chunk.
    const Table& table = document.tables[static_cast<std::size_t>(block.table)];
    for (std::size_t i = 0; i < table.cells.size();) {
      TextRange row = table.cells[i].text;
      for (std::uint32_t at = table.cells[i].row;
           i < table.cells.size() && table.cells[i].row == at; ++i)
        row.end = table.cells[i].text.end;
      std::string_view text =
          std::string_view(document.text).substr(row.begin, row.end - row.begin);
      if (count_characters(text) == 0 ||
          static_cast<int>(tokenize(text).size()) > settings.tokens_max)
        continue;
      bool whole = std::ranges::any_of(chunks, [&](const Chunk& c) {
        return std::ranges::any_of(c.ranges, [&](TextRange range) {
          return range.begin <= row.begin && row.end <= range.end;
        });
      });
      ASSERT_TRUE(whole) << "torn row of " << tokenize(text).size() << " tokens";
    }
  }
}

TEST(Chunker, HoldsItsInvariantsForAnyDocumentTokenizerAndSettings) {
  const Tokenize tokenizers[] = {words, pieces<1>, pieces<3>};
  const ChunkSettings settings[] = {
      {},
      {.tokens_target = 20, .tokens_max = 24, .prefix_tokens_max = 48, .split_overlap = 0.5},
      {.tokens_target = 8, .tokens_max = 8, .prefix_tokens_max = 2, .split_overlap = 0},
      {.tokens_target = 400, .tokens_max = 512, .prefix_tokens_max = 100, .split_overlap = 0.15}};
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Document document = RandomDocument(seed).make(40);
    for (const Tokenize& tokenize : tokenizers)
      for (const ChunkSettings& setting : settings) {
        check_invariants(document, setting, tokenize);
        ASSERT_FALSE(::testing::Test::HasFatalFailure())
            << "seed " << seed << " max " << setting.tokens_max;
      }
  }
}

}  // namespace
}  // namespace docmill::document
