// SPDX-License-Identifier: Apache-2.0
// Properties of parse_pdf that must hold for every real PDF at hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "base/utf8.h"
#include "document/extract.h"
#include "document/pdf.h"
#include "document/pdfium_api.h"

namespace docmill::document {
namespace {

std::vector<std::filesystem::path> shared_pdfs() {
  const char* variable = std::getenv("DOCMILL_SHARED_DATA");
  const std::filesystem::path folder =
      std::filesystem::path(variable != nullptr ? variable : DOCMILL_SOURCE_DIR "/../shared/data") /
      "documents";
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".pdf") found.push_back(it->path());
  }
  std::ranges::sort(found);
  return found;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

// Counts a page's glyphs with PDFium alone, one code point each, ligatures as their letters.
std::uint64_t count_glyphs(FPDF_TEXTPAGE text) {
  static constexpr std::uint64_t kLigature[] = {2, 2, 2, 3, 3, 2, 2};
  std::uint64_t count = 0;
  for (int i = 0; i < FPDFText_CountChars(text); ++i) {
    if (FPDFText_IsGenerated(text, i) == 1) continue;
    const unsigned int c = FPDFText_GetUnicode(text, i);
    if (c >= 0xD800 && c < 0xDC00) continue;  // counted with its second half
    const bool counted =
        FPDFText_HasUnicodeMapError(text, i) == 1 || c == 2 || c == 0 || !is_white_space(c);
    count += !counted ? 0 : c >= 0xFB00 && c <= 0xFB06 ? kLigature[c - 0xFB00] : 1;
  }
  return count;
}

TEST(PdfDocuments, EveryGlyphIsAccountedFor) {
  const auto files = shared_pdfs();
  if (files.empty()) GTEST_SKIP() << "the shared documents are not here";
  prepare_pdf();
  for (const auto& path : files) {
    const std::string bytes = read_file(path);
    ExtractInput input;
    input.bytes = bytes;
    const auto document = parse_pdf(input, Limits());
    if (!document) {
      EXPECT_TRUE(document.error().reason == "no_text" || document.error().reason == "malformed")
          << path << document.error().message;
      continue;
    }
    EXPECT_EQ(find_fault(*document), "") << path;
    const FPDF_DOCUMENT file = FPDF_LoadMemDocument64(bytes.data(), bytes.size(), nullptr);
    ASSERT_EQ(FPDF_GetPageCount(file), static_cast<int>(document->pages.size())) << path;
    for (int i = 0; i < FPDF_GetPageCount(file); ++i) {
      FPDF_PAGE page = FPDF_LoadPage(file, i);
      FPDFPage_Flatten(page, FPDF_FLATTEN_FOR_DISPLAY);
      FPDF_ClosePage(page);
      page = FPDF_LoadPage(file, i);
      const FPDF_TEXTPAGE text = FPDFText_LoadPage(page);
      const Conservation& row = document->conservation[static_cast<std::size_t>(i)];
      EXPECT_EQ(row.seen, count_glyphs(text)) << path << " page " << i + 1;
      FPDFText_ClosePage(text);
      FPDF_ClosePage(page);
    }
    FPDF_CloseDocument(file);
  }
}

TEST(PdfDocuments, ParsingIsDeterministic) {
  for (const auto& path : shared_pdfs()) {
    const std::string bytes = read_file(path);
    ExtractInput input;
    input.bytes = bytes;
    const auto first = parse_pdf(input, Limits());
    const auto second = parse_pdf(input, Limits());
    ASSERT_EQ(first.has_value(), second.has_value()) << path;
    if (first) EXPECT_EQ(first->text, second->text) << path;
  }
}

// Cut and damaged files give a model or a typed error; no other outcome.
TEST(PdfDocuments, DamagedFilesFailWithAReasonOrGiveWhatIsLeft) {
  const auto files = shared_pdfs();
  if (files.empty()) GTEST_SKIP() << "the shared documents are not here";
  constexpr unsigned kSeed = 20240607;
  RecordProperty("seed", kSeed);
  std::mt19937 random(kSeed);
  int parsed = 0;
  for (std::size_t i = 0; i < files.size(); i += 3) {
    const std::string whole = read_file(files[i]);
    if (whole.size() > 400'000 || whole.empty()) continue;
    for (int round = 0; round < 6; ++round) {
      std::string bytes = whole;
      if (round < 2) bytes.resize(random() % bytes.size());
      for (int flip = 0; round >= 2 && flip < 1 << (2 * round - 3); ++flip) {
        bytes[random() % bytes.size()] ^= static_cast<char>(1U << (random() % 8));
      }
      ExtractInput input;
      input.bytes = bytes;
      const auto document = parse_pdf(input, Limits());
      if (document) {
        ++parsed;
        EXPECT_EQ(find_fault(*document), "") << files[i] << " seed " << kSeed;
      } else {
        EXPECT_FALSE(document.error().reason.empty()) << files[i] << " seed " << kSeed;
        EXPECT_NE(document.error().code, ErrorCode::kInternal) << document.error().message;
      }
    }
  }
  EXPECT_GT(parsed, 0);
}

}  // namespace
}  // namespace docmill::document
