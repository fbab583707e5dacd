// SPDX-License-Identifier: Apache-2.0
#include "parser_alone.h"

#include <lexbor/html/html.h>
#include <md4c.h>
#include <zip.h>

#include <memory>
#include <pugixml.hpp>
#include <string>

#include "document/pdfium_api.h"

namespace docmill::bench {

bool lexbor_alone(std::string_view html) {
  lxb_html_document_t* document = lxb_html_document_create();
  if (document == nullptr) return false;
  const auto status = lxb_html_document_parse(
      document, reinterpret_cast<const lxb_char_t*>(html.data()), html.size());
  lxb_html_document_destroy(document);
  return status == LXB_STATUS_OK;
}

bool md4c_alone(std::string_view markdown) {
  MD_PARSER parser{};
  parser.flags = MD_DIALECT_GITHUB;
  parser.enter_block = [](MD_BLOCKTYPE, void*, void*) { return 0; };
  parser.leave_block = [](MD_BLOCKTYPE, void*, void*) { return 0; };
  parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.text = [](MD_TEXTTYPE, const MD_CHAR*, MD_SIZE, void*) { return 0; };
  return md_parse(markdown.data(), static_cast<MD_SIZE>(markdown.size()), &parser, nullptr) == 0;
}

bool zip_and_pugixml_alone(std::string_view docx) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(docx.data(), docx.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  zip_error_fini(&error);
  if (archive == nullptr) {
    if (source) zip_source_free(source);
    return false;
  }
  bool good = false;
  zip_stat_t entry;
  zip_stat_init(&entry);
  if (zip_stat(archive, "word/document.xml", 0, &entry) == 0) {
    std::string xml(entry.size, '\0');
    zip_file_t* file = zip_fopen_index(archive, entry.index, 0);
    if (file != nullptr) {
      good = zip_fread(file, xml.data(), xml.size()) == static_cast<zip_int64_t>(xml.size());
      zip_fclose(file);
    }
    pugi::xml_document document;
    good = good && document.load_buffer(xml.data(), xml.size());
  }
  zip_discard(archive);
  return good;
}

int pdfium_alone(std::string_view pdf) {
  const FPDF_DOCUMENT file = FPDF_LoadMemDocument64(pdf.data(), pdf.size(), nullptr);
  if (file == nullptr) return 0;
  const int pages = FPDF_GetPageCount(file);
  for (int i = 0; i < pages; ++i) {
    const FPDF_PAGE page = FPDF_LoadPage(file, i);
    if (page == nullptr) continue;
    const FPDF_TEXTPAGE text = FPDFText_LoadPage(page);
    const int count = text == nullptr ? 0 : FPDFText_CountChars(text);
    for (int k = 0; k < count; ++k) {
      FS_RECTF box{};
      FPDFText_GetUnicode(text, k);
      FPDFText_GetLooseCharBox(text, k, &box);
    }
    if (text != nullptr) FPDFText_ClosePage(text);
    FPDF_ClosePage(page);
  }
  FPDF_CloseDocument(file);
  return pages;
}

}  // namespace docmill::bench
