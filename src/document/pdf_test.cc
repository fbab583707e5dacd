// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "document/extract.h"
#include "document/pdf_sample.h"

namespace docmill::document {
namespace {

constexpr std::string_view kWords[] = {"stone",   "river",  "copper", "window",
                                       "garden",  "letter", "silver", "mountain",
                                       "harbour", "paper",  "winter", "candle"};

// A line of about `letters` letters, always the same for one seed.
std::string line_of(unsigned seed, std::size_t letters) {
  std::minstd_rand random(seed + 1);
  std::string out;
  while (out.size() + 9 < letters) {
    if (!out.empty()) out += ' ';
    out += kWords[random() % std::size(kWords)];
  }
  return out;
}

Document parsed(const PdfSample& sample) {
  const std::string bytes = sample.bytes();
  ExtractInput input;
  input.bytes = bytes;
  auto document = parse_pdf(input, Limits());
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  if (!document) return {};
  EXPECT_EQ(find_fault(*document), "");
  return std::move(*document);
}

std::string text_of(const Document& document, const Block& block) {
  return document.text.substr(block.text.begin, block.text.end - block.text.begin);
}

const Block* find_block(const Document& document, std::string_view text) {
  for (const Block& block : document.blocks) {
    if (text_of(document, block) == text) return &block;
  }
  return nullptr;
}

TEST(Pdf, NotesShownOnThePageAreReadAndLinksStay) {
  PdfSample sample;
  sample.add_page();
  sample.text(72, 100, "See the manual");
  sample.link(72, 90, 140, 102, "https://example.org/");
  sample.note(72, 200, "Checked by the editor");
  const Document document = parsed(sample);
  EXPECT_NE(find_block(document, "Checked by the editor"), nullptr);
  ASSERT_EQ(document.links.size(), 1U);
  EXPECT_EQ(document.links[0].href, "https://example.org/");
  EXPECT_EQ(document.conservation[0].seen, 12U + 18U);
}

TEST(Pdf, LargePrintOverSmallPrintIsALineOfItsOwn) {
  PdfSample sample;
  sample.add_page();
  sample.text(97.2, 100, "le", {.size = 16});
  sample.text(98, 106, "le", {.size = 32});
  const Document document = parsed(sample);
  EXPECT_EQ(document.text, "le\n\nle");
}

TEST(Pdf, TextOutsideTheCroppedPageIsDroppedWithAReason) {
  PdfSample sample;
  sample.add_page();
  sample.crop("0 0 300 792");
  sample.text(72, 100, "Shown");
  sample.text(400, 100, "Cut away");
  const Document document = parsed(sample);
  EXPECT_EQ(document.text, "Shown");
  EXPECT_EQ(document.conservation[0].dropped.at("outside_page"), 7U);
}

TEST(Pdf, WordsOfOneLineBecomeOneParagraphWithBoxAndPage) {
  PdfSample sample;
  sample.add_page();
  sample.text(72, 100, "The quick brown fox");
  const Document document = parsed(sample);
  ASSERT_EQ(document.blocks.size(), 1U);
  const Block& block = document.blocks[0];
  EXPECT_EQ(document.text, "The quick brown fox");
  EXPECT_EQ(block.page, 1U);
  ASSERT_TRUE(block.box);
  EXPECT_NEAR(block.box->left, 72, 2);
  EXPECT_NEAR(block.box->bottom, 102, 1);
  EXPECT_NEAR(block.box->top, 92, 1);
  ASSERT_EQ(document.pages.size(), 1U);
  EXPECT_FLOAT_EQ(document.pages[0].height, 792);
  EXPECT_EQ(document.conservation[0].seen, 16U);
}

TEST(Pdf, WordGapsComeFromGeometryWhereNoSpaceIsWritten) {
  PdfSample sample;
  sample.add_page();
  sample.raw("BT /F1 10 Tf 72 700 Td [(Glued) -300 (words) 20 (part) -300 (here)] TJ ET\n");
  EXPECT_EQ(parsed(sample).text, "Glued wordspart here");
}

TEST(Pdf, ColumnsAreReadOneAfterTheOtherUnderASpanningTitle) {
  PdfSample sample;
  sample.add_page();
  sample.text(150, 60, "A Title That Spans Both Columns", {.size = 18, .bold = true});
  // Written row by row, as a careless program would.
  for (unsigned i = 0; i < 20; ++i) {
    sample.text(72, 100 + 12 * i, line_of(i, 40) + (i == 19 ? " leftend" : ""));
    sample.text(330, 100 + 12 * i, line_of(i + 50, 40) + (i == 0 ? " rightstart" : ""));
  }
  const Document document = parsed(sample);
  EXPECT_EQ(document.blocks[0].kind, BlockKind::kHeading);
  EXPECT_LT(document.text.find("leftend"), document.text.find("rightstart"));
  EXPECT_TRUE(document.tables.empty());
}

TEST(Pdf, RunningLinesAndPageNumbersAreFurnitureAndLoneHeadingsAreNot) {
  PdfSample sample;
  for (unsigned page = 0; page < 4; ++page) {
    sample.add_page();
    sample.text(72, 40, fmt::format("Annual Report {}", 2000 + page));
    if (page == 2) sample.text(72, 70, "A Lone Heading", {.size = 16, .bold = true});
    for (unsigned i = 0; i < 10; ++i) sample.text(72, 120 + 12 * i, line_of(page * 20 + i, 70));
    sample.text(300, 760, std::to_string(page + 7));
  }
  const Document document = parsed(sample);
  int headers = 0;
  int numbers = 0;
  for (const Block& block : document.blocks) {
    headers += block.reason == "repeated_header" ? 1 : 0;
    numbers += block.reason == "page_number" ? 1 : 0;
  }
  EXPECT_EQ(headers, 4);
  EXPECT_EQ(numbers, 4);
  const Block* heading = find_block(document, "A Lone Heading");
  ASSERT_NE(heading, nullptr);
  EXPECT_EQ(heading->layer, Layer::kBody);
  EXPECT_EQ(heading->kind, BlockKind::kHeading);
  EXPECT_EQ(heading->page, 3U);
}

TEST(Pdf, HyphensAtLineEndsJoinSmallLettersOnly) {
  PdfSample sample;
  sample.add_page();
  sample.text(72, 100, "some words before the exam-");
  sample.text(72, 112, "ple goes on until the Anglo-");
  sample.text(72, 124, "Saxon age and the well-");
  sample.text(72, 136, "known end, which is well-known here");
  const Document document = parsed(sample);
  EXPECT_EQ(document.text,
            "some words before the example goes on until the Anglo-Saxon age and the well-known "
            "end, which is well-known here");
  EXPECT_EQ(document.conservation[0].dropped.at("line_end_hyphen"), 1U);
}

TEST(Pdf, AllFourTurnsOfAPageGiveTheSameText) {
  std::string upright;
  for (int turn : {0, 90, 180, 270}) {
    PdfSample sample;
    sample.add_page(turn);
    sample.text(72, 60, "Heading Line", {.size = 18});
    for (unsigned i = 0; i < 5; ++i) sample.text(72, 100 + 12 * i, line_of(i, 60));
    const Document document = parsed(sample);
    if (turn == 0) upright = document.text;
    EXPECT_EQ(document.text, upright) << turn;
  }
  for (int turned : {90, 180, 270}) {
    PdfSample sample;
    sample.add_page();
    const PdfSample::Style style{.turned = turned};
    sample.text(300, 400, "turned words", style);
    EXPECT_EQ(parsed(sample).text, "turned words") << turned;
  }
}

TEST(Pdf, InvisibleTextIsCountedAndNotRead) {
  PdfSample sample;
  sample.add_page();
  sample.text(72, 100, "what people see on this page");
  sample.text(72, 130, "hidden", {.render_mode = 3});
  const Document document = parsed(sample);
  EXPECT_EQ(document.text, "what people see on this page");
  EXPECT_EQ(document.conservation[0].invisible, 6U);
}

TEST(Pdf, TheHiddenLayerOfAScanIsItsText) {
  PdfSample sample;
  sample.add_page();
  sample.text(72, 100, "recognised words under an image", {.render_mode = 3});
  const Document document = parsed(sample);
  EXPECT_EQ(document.text, "recognised words under an image");
  EXPECT_EQ(document.warnings, std::vector<std::string>{"pages_with_hidden_text_layer:1"});
}

TEST(Pdf, TextPrintedTwiceInPlaceComesOnce) {
  PdfSample sample;
  sample.add_page();
  sample.text(72, 100, "Bold by overprint");
  sample.text(72, 200, "between");
  sample.text(72.4, 100.2, "Bold by overprint");
  const Document document = parsed(sample);
  EXPECT_EQ(document.text, "Bold by overprint\n\nbetween");
}

TEST(Pdf, ListsKeepMarkersAndDepth) {
  PdfSample sample;
  sample.add_page();
  sample.text(72, 100, "1. first thing that is to do");
  sample.text(72, 112, "2. second thing");
  sample.text(90, 124, "a) an inner thing");
  sample.text(72, 136, "3. third thing");
  const Document document = parsed(sample);
  ASSERT_EQ(document.blocks.size(), 4U);
  EXPECT_EQ(document.blocks[0].marker, "1.");
  EXPECT_EQ(document.blocks[2].kind, BlockKind::kListItem);
  EXPECT_EQ(document.blocks[2].level, 2);
  EXPECT_EQ(document.blocks[3].level, 1);
  EXPECT_EQ(document.conservation[0].dropped.at("list_marker"), 8U);
}

TEST(Pdf, AlignedShortCellsAreATable) {
  PdfSample sample;
  sample.add_page();
  const char* rows[][3] = {
      {"Item", "Count", "Price"}, {"Bolt", "12", "3.50"}, {"Nut", "7", "0.25"}, {"Gear", "1", "9"}};
  for (int r = 0; r < 4; ++r) {
    for (int c = 0; c < 3; ++c) sample.text(72 + 100 * c, 100 + 14 * r, rows[r][c]);
  }
  const Document document = parsed(sample);
  ASSERT_EQ(document.tables.size(), 1U);
  EXPECT_EQ(document.tables[0].rows, 4U);
  EXPECT_EQ(document.tables[0].columns, 3U);
  EXPECT_TRUE(document.tables[0].cells[0].header);
  EXPECT_EQ(document.text, "Item\tCount\tPrice\nBolt\t12\t3.50\nNut\t7\t0.25\nGear\t1\t9");
}

TEST(Pdf, HeadingLevelsFollowSizeAndTheOutline) {
  const auto write = [](PdfSample& sample) {
    sample.add_page();
    sample.text(72, 60, "Large", {.size = 20});
    sample.text(72, 90, "Smaller", {.size = 14});
    for (unsigned i = 0; i < 6; ++i) sample.text(72, 120 + 12 * i, line_of(i, 70));
  };
  PdfSample plain;
  write(plain);
  Document document = parsed(plain);
  EXPECT_EQ(find_block(document, "Large")->level, 1);
  EXPECT_EQ(find_block(document, "Smaller")->level, 2);
  EXPECT_EQ(document.title, "Large");
  PdfSample outlined;
  write(outlined);
  outlined.add_bookmark("Smaller", 1);
  document = parsed(outlined);
  EXPECT_EQ(find_block(document, "Smaller")->level, 1);
}

TEST(Pdf, MetadataLanguageAndLinksComeAlong) {
  PdfSample sample;
  sample.add_page();
  sample.set_info("The Title", "Some Author");
  sample.set_language("de-AT");
  sample.text(72, 100, "see here for more");
  sample.link(72, 90, 111, 103, "https://example.org/a");
  const Document document = parsed(sample);
  EXPECT_EQ(document.title, "The Title");
  EXPECT_EQ(document.metadata.at("author"), "Some Author");
  EXPECT_EQ(document.language, "de-AT");
  ASSERT_EQ(document.links.size(), 1U);
  EXPECT_EQ(document.links[0].href, "https://example.org/a");
  const TextRange range = document.links[0].text;
  EXPECT_EQ(document.text.substr(range.begin, range.end - range.begin), "see here");
}

std::string reason_of_failure(std::string_view bytes, const Limits& limits = {}) {
  ExtractInput input;
  input.bytes = bytes;
  const auto document = parse_pdf(input, limits);
  return document ? "" : document.error().reason;
}

TEST(Pdf, RefusalsHaveStableReasons) {
  PdfSample sample;
  sample.add_page();
  sample.add_page();
  EXPECT_EQ(reason_of_failure(sample.bytes()), "no_text");
  EXPECT_EQ(reason_of_failure("%PDF-1.4 nothing"), "malformed");
  EXPECT_EQ(reason_of_failure(""), "malformed");
  EXPECT_EQ(reason_of_failure(sample.bytes(), {.pages = 1}), "limit_pages");
  EXPECT_EQ(reason_of_failure(sample.bytes(), {.input_bytes = 100}), "limit_input_bytes");
  sample.text(72, 100, "text on the second page only");
  EXPECT_EQ(parsed(sample).warnings, std::vector<std::string>{"pages_without_text:1"});
  sample.set_trailer(
      "/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
      "/O <0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20> "
      "/U <2102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20> >>");
  EXPECT_EQ(reason_of_failure(sample.bytes()), "password_required");
}

}  // namespace
}  // namespace docmill::document
