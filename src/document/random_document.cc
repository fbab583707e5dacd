// SPDX-License-Identifier: Apache-2.0
#include "document/random_document.h"

#include <iterator>

namespace docmill::document {

std::string RandomDocument::words(int count_max, bool broken_bytes) {
  static const char* const kPieces[] = {"the ",
                                        "mill ",
                                        "stone",
                                        ". ",
                                        "Ein Müller ",
                                        "水車小屋",
                                        "\n",
                                        "e\u0301",
                                        "😀",
                                        "\u200B",
                                        "\u00A0",
                                        "x_y|z ",
                                        "1,234.5 ",
                                        "\t",
                                        "A. B. c ",
                                        "```",
                                        "* ",
                                        "<b>",
                                        "supercalifragilisticexpialidocious",
                                        "\r\n"};
  static const char* const kBroken[] = {"\xFF", "\xC3", "\xE2\x82", "\x01\x0C"};
  std::string text;
  for (int i = number(0, count_max); i > 0; --i) {
    if (broken_bytes && number(0, 30) == 0) text += kBroken[number(0, 3)];
    text += kPieces[number(0, static_cast<int>(std::size(kPieces)) - 1)];
  }
  return text;
}

void RandomDocument::add_table(Builder& builder) {
  Table table;
  std::vector<std::string> texts;
  int rows = number(1, 12);
  int columns = number(1, 6);
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      if (number(0, 9) == 0) continue;
      table.cells.push_back(
          {.row = static_cast<std::uint32_t>(row),
           .column = static_cast<std::uint32_t>(column),
           .row_span = static_cast<std::uint16_t>(number(0, 5) ? 1 : number(0, 9)),
           .column_span = static_cast<std::uint16_t>(number(0, 5) ? 1 : number(0, 9)),
           .header = row == 0 || number(0, 20) == 0});
      texts.push_back(words(number(0, 15) ? 5 : 200, true));
    }
  DOCMILL_CHECK(builder.add_table({}, std::move(table), texts).has_value());
}

Document RandomDocument::make(int blocks_max) {
  Builder builder("text/plain", "random/1", Limits{});
  builder.document().title = words(4, true);
  builder.set_metadata("author", words(3, true));
  bool paged = number(0, 1) == 1;
  for (int i = number(0, blocks_max); i > 0; --i) {
    if (paged && number(0, 5) == 0) builder.start_page({612, 792});
    if (number(0, 7) == 0) {
      add_table(builder);
      continue;
    }
    Block block;
    block.kind = static_cast<BlockKind>(number(0, 7));
    block.level = static_cast<std::uint8_t>(number(0, 9));
    if (number(0, 9) == 0) block.layer = Layer::kFurniture;
    if (number(0, 1) == 0) block.reason = "nav";
    if (number(0, 3) == 0) block.box = Box{3, 4, 1, 2};
    if (number(0, 3) == 0) block.source = TextRange{1, 9};
    if (block.kind == BlockKind::kListItem) block.marker = number(0, 1) ? "•" : "2.";
    if (block.kind == BlockKind::kCode) block.language = "cpp";
    std::uint32_t begin = static_cast<std::uint32_t>(builder.document().text.size());
    int index = *builder.add_block(block, words(number(0, 9) ? 30 : 900, true));
    if (index >= 0 && number(0, 4) == 0)
      builder.add_link({.href = "a/b", .text = {begin, begin + 3}, .relation = "a"});
    builder.count_invisible(words(3, true));
    builder.count_dropped("overprint", words(2, true));
  }
  auto document = builder.finish();
  DOCMILL_CHECK(document.has_value());
  return *std::move(document);
}

}  // namespace docmill::document
