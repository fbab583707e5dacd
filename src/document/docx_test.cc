// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <zip.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "document/docx_styles.h"
#include "document/extract.h"

namespace docmill::document {
namespace {

using testing::Contains;
using testing::HasSubstr;
using Parts = std::map<std::string, std::string>;

std::string zip_of(const Parts& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* whole = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(whole);
  zip_t* archive = zip_open_from_source(whole, ZIP_TRUNCATE, &error);
  for (const auto& [name, text] : parts) {
    zip_file_add(archive, name.c_str(), zip_source_buffer(archive, text.data(), text.size(), 0), 0);
  }
  zip_close(archive);
  zip_source_open(whole);
  zip_stat_t entry;
  zip_source_stat(whole, &entry);
  std::string bytes(entry.size, '\0');
  zip_source_read(whole, bytes.data(), bytes.size());
  zip_source_close(whole);
  zip_source_free(whole);
  zip_error_fini(&error);
  return bytes;
}

std::string relationship(const std::string& id, const std::string& type, const std::string& target,
                         const std::string& mode = "Internal") {
  return "<Relationship Id=\"" + id + "\" Type=\"http://x/" + type + "\" Target=\"" + target +
         "\" TargetMode=\"" + mode + "\"/>";
}

// A document of `body` with styles, numbering, notes and a header around it.
Parts parts_of(const std::string& body) {
  return {
      {"_rels/.rels", "<Relationships>" + relationship("1", "officeDocument", "word/document.xml") +
                          relationship("2", "core-properties", "docProps/core.xml") +
                          "</Relationships>"},
      {"docProps/core.xml", "<p xmlns:dc='d'><dc:title>T</dc:title><dc:creator>A</dc:creator></p>"},
      {"word/_rels/document.xml.rels",
       "<Relationships>" + relationship("1", "styles", "styles.xml") +
           relationship("2", "numbering", "numbering.xml") +
           relationship("3", "footnotes", "footnotes.xml") +
           relationship("4", "header", "header1.xml") +
           relationship("5", "comments", "comments.xml") +
           relationship("9", "hyperlink", "https://example.org/", "External") + "</Relationships>"},
      {"word/styles.xml",
       "<w:styles><w:style w:styleId='berschrift1'><w:name w:val='heading 1'/></w:style>"
       "<w:style w:styleId='Own'><w:name w:val='own'/><w:basedOn w:val='berschrift1'/></w:style>"
       "<w:style w:styleId='Outline'><w:name w:val='o'/><w:pPr><w:outlineLvl w:val='2'/></w:pPr>"
       "</w:style><w:style w:styleId='Loop'><w:basedOn w:val='Loop'/></w:style></w:styles>"},
      {"word/numbering.xml",
       "<w:numbering><w:abstractNum w:abstractNumId='0'>"
       "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.'/>"
       "</w:lvl><w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='lowerLetter'/>"
       "<w:lvlText w:val='%1%2)'/></w:lvl></w:abstractNum>"
       "<w:num w:numId='7'><w:abstractNumId w:val='0'/></w:num>"
       "<w:num w:numId='8'><w:abstractNumId w:val='0'/><w:lvlOverride w:ilvl='0'>"
       "<w:startOverride w:val='5'/></w:lvlOverride></w:num></w:numbering>"},
      {"word/footnotes.xml",
       "<w:footnotes><w:footnote w:id='3'><w:p><w:r><w:t>The note</w:t></w:r></w:p></w:footnote>"
       "</w:footnotes>"},
      {"word/header1.xml", "<w:hdr><w:p><w:r><w:t>Running</w:t></w:r></w:p></w:hdr>"},
      {"word/comments.xml",
       "<w:comments><w:comment><w:p><w:r><w:t>Why?</w:t></w:r></w:p></w:comment></w:comments>"},
      {"word/document.xml", "<w:document><w:body>" + body + "</w:body></w:document>"},
  };
}

std::string run(const std::string& text) { return "<w:r><w:t>" + text + "</w:t></w:r>"; }
std::string paragraph(const std::string& content, const std::string& properties = "") {
  return "<w:p><w:pPr>" + properties + "</w:pPr>" + content + "</w:p>";
}
std::string cell(const std::string& text, const std::string& properties = "") {
  return "<w:tc><w:tcPr>" + properties + "</w:tcPr>" + paragraph(run(text)) + "</w:tc>";
}

Document parse(const std::string& body) {
  const std::string bytes = zip_of(parts_of(body));
  auto document = parse_docx({.bytes = bytes}, {});
  EXPECT_TRUE(document) << document.error().message;
  if (!document) return {};
  EXPECT_EQ(find_fault(*document), "");
  return std::move(*document);
}

std::string text_of(const Document& document, const Block& block) {
  return document.text.substr(block.text.begin, block.text.end - block.text.begin);
}

// "kind level marker|text" of each block.
std::vector<std::string> outline(const Document& document) {
  std::vector<std::string> lines;
  for (const Block& block : document.blocks) {
    lines.push_back(std::string(name_of(block.kind)) + " " + std::to_string(block.level) + " " +
                    block.marker + "|" + text_of(document, block));
  }
  return lines;
}

std::string reason_of_failure(const Parts& parts, const Limits& limits = {}) {
  const std::string bytes = zip_of(parts);
  auto document = parse_docx({.bytes = bytes}, limits);
  return document ? "no error" : document.error().reason;
}

TEST(Docx, HeadingsComeFromStylesOfAnyLanguageAndTheirBases) {
  const Document document = parse(paragraph(run("One"), "<w:pStyle w:val='berschrift1'/>") +
                                  paragraph(run("Two"), "<w:pStyle w:val='Own'/>") +
                                  paragraph(run("Three"), "<w:pStyle w:val='Outline'/>") +
                                  paragraph(run("Text"), "<w:pStyle w:val='Loop'/>"));
  const auto lines = outline(document);
  EXPECT_THAT(lines, Contains("heading 1 |One"));
  EXPECT_THAT(lines, Contains("heading 1 |Two"));
  EXPECT_THAT(lines, Contains("heading 3 |Three"));
  EXPECT_THAT(lines, Contains("paragraph 0 |Text"));
  EXPECT_EQ(document.title, "T");
  EXPECT_EQ(document.metadata.at("author"), "A");
}

TEST(Docx, ListsCarryTheirRealNumbers) {
  const auto item = [](const char* text, const char* level, const char* number = "7") {
    return paragraph(run(text), std::string("<w:numPr><w:ilvl w:val='") + level +
                                    "'/><w:numId w:val='" + number + "'/></w:numPr>");
  };
  const auto lines = outline(parse(item("a", "0") + item("b", "1") + item("c", "1") +
                                   item("d", "0") + item("e", "1") + item("f", "0", "8")));
  EXPECT_THAT(lines, Contains("list_item 1 1.|a"));
  EXPECT_THAT(lines, Contains("list_item 2 1b)|c"));
  EXPECT_THAT(lines, Contains("list_item 1 2.|d"));
  EXPECT_THAT(lines, Contains("list_item 2 2a)|e"));
  EXPECT_THAT(lines, Contains("list_item 1 5.|f"));
}

TEST(Docx, NumbersAreFormattedAsTheStandardSays) {
  EXPECT_EQ(format_number(27, "lowerLetter"), "aa");
  EXPECT_EQ(format_number(1994, "upperRoman"), "MCMXCIV");
  EXPECT_EQ(format_number(7, "decimalZero"), "07");
  EXPECT_EQ(format_number(7, "unheard of"), "7");
}

TEST(Docx, TablesKeepSpansAndHeaderRows) {
  const Document document = parse(
      "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>" + cell("Head", "<w:gridSpan w:val='2'/>") +
      "</w:tr><w:tr>" + cell("tall", "<w:vMerge w:val='restart'/>") + cell("x") + "</w:tr><w:tr>" +
      cell("", "<w:vMerge/>") + cell("y") + "</w:tr></w:tbl>");
  ASSERT_EQ(document.tables.size(), 1U);
  const Table& table = document.tables[0];
  EXPECT_EQ(table.rows, 3U);
  EXPECT_EQ(table.columns, 2U);
  ASSERT_EQ(table.cells.size(), 4U);
  EXPECT_TRUE(table.cells[0].header);
  EXPECT_EQ(table.cells[0].column_span, 2);
  EXPECT_EQ(table.cells[1].row_span, 2);
}

TEST(Docx, ChangesAreAcceptedAndWhatIsHiddenIsCounted) {
  const Document document =
      parse(paragraph("<w:ins>" + run("kept") +
                      "</w:ins><w:del><w:r><w:delText>gone</w:delText>"
                      "</w:r></w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>hid</w:t></w:r>"
                      "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE"
                      "</w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r>" +
                      run("7") + "<w:r><w:fldChar w:fldCharType='end'/></w:r>"));
  EXPECT_EQ(text_of(document, document.blocks[0]), "kept7");
  EXPECT_EQ(document.conservation[0].invisible, 4U + 3U + 4U);
}

TEST(Docx, NotesCommentsAndHeadersStandApart) {
  const Document document =
      parse(paragraph(run("Text") + "<w:r><w:footnoteReference w:id='3'/></w:r>"));
  const auto lines = outline(document);
  EXPECT_THAT(lines, Contains("paragraph 0 |Text[1]"));
  EXPECT_THAT(lines, Contains("footnote 0 [1]|The note"));
  std::map<std::string, std::string> furniture;
  for (const Block& block : document.blocks) {
    if (block.layer == Layer::kFurniture) furniture[block.reason] = text_of(document, block);
  }
  EXPECT_EQ(furniture["page_header"], "Running");
  EXPECT_EQ(furniture["comment"], "Why?");
}

TEST(Docx, LinksTextBoxesAndAlternativesAreRead) {
  const Document document =
      parse(paragraph(run("See ") + "<w:hyperlink r:id='9'>" + run("here") +
                      "</w:hyperlink><w:r>"
                      "<mc:AlternateContent><mc:Choice><w:txbxContent>" +
                      paragraph(run("Box")) +
                      "</w:txbxContent></mc:Choice><mc:Fallback><w:t>Box</w:t></mc:Fallback>"
                      "</mc:AlternateContent></w:r>"));
  ASSERT_EQ(document.links.size(), 1U);
  EXPECT_EQ(document.links[0].href, "https://example.org/");
  const TextRange range = document.links[0].text;
  EXPECT_EQ(document.text.substr(range.begin, range.end - range.begin), "here");
  EXPECT_THAT(outline(document), Contains("paragraph 0 |Box"));
  EXPECT_EQ(document.conservation[0].dropped.at("alternate_content"), 3U);
}

TEST(Docx, BombsEndAtALimitThatIsNamed) {
  Parts bomb = parts_of(paragraph(run(std::string(20'000'000, 'a'))));
  EXPECT_EQ(reason_of_failure(bomb), "limit_inflate_ratio");
  EXPECT_EQ(reason_of_failure(bomb, {.inflate_ratio = 1'000'000, .embedded_bytes = 1'000'000}),
            "limit_embedded_bytes");
  EXPECT_EQ(reason_of_failure(bomb, {.inflated_bytes = 5'000'000, .inflate_ratio = 1'000'000}),
            "limit_inflated_bytes");
  std::string deep;
  for (int i = 0; i < 5'000; ++i) deep += "<w:x>";
  for (int i = 0; i < 5'000; ++i) deep += "</w:x>";
  EXPECT_EQ(reason_of_failure(parts_of(deep)), "limit_xml_depth");
  Parts laughs = parts_of(paragraph(run("&lol;")));
  laughs["word/document.xml"] = "<!DOCTYPE d [<!ENTITY lol 'ha'>]>" + laughs["word/document.xml"];
  EXPECT_EQ(reason_of_failure(laughs), "malformed");
  EXPECT_EQ(reason_of_failure(parts_of(paragraph(run("x"))), {.archive_entries = 3}),
            "limit_archive_entries");
  EXPECT_EQ(reason_of_failure({{"other", "x"}}), "malformed");
}

TEST(Docx, CutFilesAreMalformed) {
  const std::string bytes = zip_of(parts_of(paragraph(run("x"))));
  for (std::size_t size = 0; size < bytes.size(); size += 37) {
    auto document = parse_docx({.bytes = std::string_view(bytes).substr(0, size)}, {});
    ASSERT_FALSE(document) << size;
    EXPECT_EQ(document.error().code, ErrorCode::kCorruptData);
  }
}

TEST(Docx, SharedDocumentsConserveTheirText) {
  const char* shared = getenv("DOCMILL_SHARED_DATA");
  const std::filesystem::path folder =
      std::filesystem::path(shared ? shared : DOCMILL_SOURCE_DIR "/../shared/data") / "documents";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no shared documents";
  int parsed = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".docx") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    auto document = parse_docx({.bytes = bytes}, {});
    ASSERT_TRUE(document) << entry.path() << ": " << document.error().message;
    EXPECT_EQ(find_fault(*document), "") << entry.path();
    EXPECT_GT(document->conservation[0].body, 0U) << entry.path();
    ++parsed;
  }
  EXPECT_GT(parsed, 0);
}

}  // namespace
}  // namespace docmill::document
