// SPDX-License-Identifier: Apache-2.0
#include "document/model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "document/builder.h"

namespace docmill::document {
namespace {

// Two pages, a heading, a table, furniture and some text that is in no block.
Document sample() {
  Builder builder("application/pdf", "pdf/1", Limits{});
  builder.start_page({595, 842});
  EXPECT_TRUE(builder.add_block({.kind = BlockKind::kHeading, .level = 1}, "Über uns"));
  EXPECT_TRUE(builder.add_block({.layer = Layer::kFurniture, .reason = "page_number"}, "1"));
  builder.start_page({595, 842});
  Table table;
  table.cells = {{.row = 0, .column = 0, .header = true},
                 {.row = 0, .column = 1, .header = true},
                 {.row = 1, .column = 0, .column_span = 2}};
  EXPECT_TRUE(builder.add_table({}, table, {"a", "b", "c"}));
  builder.count_dropped("overprint", "xy");
  builder.add_link({.href = "https://example.org/", .text = {0, 3}, .relation = "a"});
  auto document = builder.finish();
  EXPECT_TRUE(document.has_value());
  return document.value();
}

TEST(Model, WhiteSpaceIsUnicodeWhiteSpaceAndTextlessFormatCharacters) {
  for (char32_t c :
       {U' ', U'\t', U'\n', U'\0', U'\x85', U'\xA0', U'\xAD', U'\u2003', U'\u200B', U'\u2028',
        U'\u202F', U'\u205F', U'\u2060', U'\u3000', U'\uFEFF', U'\u1680', U'\U000E0020', U'\x7F'})
    EXPECT_TRUE(is_white_space(c)) << std::hex << static_cast<std::uint32_t>(c);
  for (char32_t c :
       {U'!', U'~', U'\xA1', U'\xAC', U'\xAE', U'\u0600', U'\u06DD', U'\u2010', U'\u2027',
        U'\u2030', U'\u205E', U'\u2070', U'\u3001', U'\uFFFD', U'\U0001F600', U'\U0010FFFD'})
    EXPECT_FALSE(is_white_space(c)) << std::hex << static_cast<std::uint32_t>(c);
}

TEST(Model, CountsCharactersAcrossVectorBorders) {
  EXPECT_EQ(count_characters(""), 0u);
  EXPECT_EQ(count_characters("a b\tc\n"), 3u);
  EXPECT_EQ(count_characters("Ä\xC2\xA0Ö\xE2\x80\x8B\xF0\x9F\x98\x80"), 3u);
  for (std::size_t shift = 0; shift < 70; ++shift) {
    std::string text(shift, 'x');
    text += "ä\xE3\x80\x80 z";
    text += std::string(40, ' ') + std::string(40, 'y');
    EXPECT_EQ(count_characters(text), shift + 42) << shift;
  }
}

TEST(Model, WellFormedDocumentHasNoFault) { EXPECT_EQ(find_fault(sample()), ""); }

// Each row breaks one rule; a checker that misses it would let a confined process break readers.
TEST(Model, FindsEachBrokenRule) {
  struct Case {
    const char* name;
    void (*breaks)(Document&);
  };
  const Case cases[] = {
      {"invalid text", [](Document& d) { d.text[0] = '\xFF'; }},
      {"range inside a character", [](Document& d) { d.blocks[0].text.begin = 1; }},
      {"range beyond the text", [](Document& d) { d.blocks.back().text.end += 100; }},
      {"empty block", [](Document& d) { d.blocks[0].text.end = d.blocks[0].text.begin; }},
      {"overlap", [](Document& d) { d.blocks[1].text.begin = d.blocks[0].text.end - 1; }},
      {"text in no block", [](Document& d) { d.text += "lost"; }},
      {"unknown kind", [](Document& d) { d.blocks[0].kind = static_cast<BlockKind>(99); }},
      {"unknown layer", [](Document& d) { d.blocks[0].layer = static_cast<Layer>(9); }},
      {"heading level", [](Document& d) { d.blocks[0].level = 7; }},
      {"paragraph level", [](Document& d) { d.blocks[1].level = 1; }},
      {"furniture reason", [](Document& d) { d.blocks[1].reason.clear(); }},
      {"no page", [](Document& d) { d.blocks[0].page = 0; }},
      {"page beyond", [](Document& d) { d.blocks[0].page = 3; }},
      {"box", [](Document& d) { d.blocks[0].box = Box{1, 1, 0, 2}; }},
      {"box not a number", [](Document& d) { d.blocks[0].box = Box{0, NAN, 1, 1}; }},
      {"source", [](Document& d) { d.blocks[0].source = TextRange{2, 1}; }},
      {"marker", [](Document& d) { d.blocks[0].marker = "\xC0"; }},
      {"table index", [](Document& d) { d.blocks[2].table = 1; }},
      {"paragraph with table", [](Document& d) { d.blocks[0].table = 0; }},
      {"table without block", [](Document& d) { d.tables.push_back(d.tables[0]); }},
      {"cell outside", [](Document& d) { d.tables[0].cells[2].row = 2; }},
      {"cell span outside", [](Document& d) { d.tables[0].cells[2].row_span = 2; }},
      {"cell without span", [](Document& d) { d.tables[0].cells[0].row_span = 0; }},
      {"cells overlap", [](Document& d) { d.tables[0].cells[0].row_span = 2; }},
      {"cell order", [](Document& d) { std::swap(d.tables[0].cells[0], d.tables[0].cells[1]); }},
      {"cell text outside", [](Document& d) { d.tables[0].cells[0].text.begin = 0; }},
      {"cell text missing", [](Document& d) { d.tables[0].cells[2].text.end -= 1; }},
      {"huge grid", [](Document& d) { d.tables[0].rows = d.tables[0].columns = 1U << 31; }},
      {"conservation rows", [](Document& d) { d.conservation.pop_back(); }},
      {"conservation body",
       [](Document& d) { ++d.conservation[0].body, ++d.conservation[0].seen; }},
      {"conservation sum", [](Document& d) { ++d.conservation[0].seen; }},
      {"conservation wrap",
       [](Document& d) {
         d.conservation[0].invisible = UINT64_MAX;
         d.conservation[0].seen -= 1;
       }},
      {"dropped reason", [](Document& d) { d.conservation[0].dropped[""] = 0; }},
      {"link range", [](Document& d) { d.links[0].text = {1, 1}; }},
      {"link bytes", [](Document& d) { d.links[0].href = "\xFF"; }},
      {"title", [](Document& d) { d.title = "\xFF"; }},
      {"metadata", [](Document& d) { d.metadata["a"] = "\xFF"; }},
      {"warning", [](Document& d) { d.warnings = {"\xFF"}; }},
      {"page size", [](Document& d) { d.pages[0].width = -1; }},
  };
  for (const Case& broken : cases) {
    Document document = sample();
    broken.breaks(document);
    EXPECT_NE(find_fault(document), "") << broken.name;
  }
}

}  // namespace
}  // namespace docmill::document
