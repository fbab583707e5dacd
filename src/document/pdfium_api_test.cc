// SPDX-License-Identifier: Apache-2.0
#include "document/pdfium_api.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace {

// ctypes' names for the types of our declarations.
template <typename T>
std::string name_of();
#define DOCMILL_CTYPE(type, name) \
  template <>                     \
  std::string name_of<type>() {   \
    return name;                  \
  }
DOCMILL_CTYPE(void, "None")
DOCMILL_CTYPE(int, "c_int")
DOCMILL_CTYPE(unsigned int, "c_uint")
DOCMILL_CTYPE(unsigned long, "c_ulong")
DOCMILL_CTYPE(float, "c_float")
DOCMILL_CTYPE(void*, "POINTER(None)")
DOCMILL_CTYPE(const void*, "POINTER(None)")
DOCMILL_CTYPE(int*, "POINTER(c_int)")
DOCMILL_CTYPE(float*, "POINTER(c_float)")
DOCMILL_CTYPE(double*, "POINTER(c_double)")
DOCMILL_CTYPE(char*, "POINTER(c_char)")
DOCMILL_CTYPE(const char*, "POINTER(c_char)")
DOCMILL_CTYPE(unsigned short*, "POINTER(c_ushort)")
DOCMILL_CTYPE(FS_RECTF*, "POINTER(FS_RECTF)")
DOCMILL_CTYPE(FS_MATRIX*, "POINTER(FS_MATRIX)")
DOCMILL_CTYPE(const FPDF_LIBRARY_CONFIG*, "POINTER(FPDF_LIBRARY_CONFIG)")
DOCMILL_CTYPE(FPDF_DOCUMENT, "FPDF_DOCUMENT")
DOCMILL_CTYPE(FPDF_PAGE, "FPDF_PAGE")
DOCMILL_CTYPE(FPDF_TEXTPAGE, "FPDF_TEXTPAGE")
DOCMILL_CTYPE(FPDF_PAGEOBJECT, "FPDF_PAGEOBJECT")
DOCMILL_CTYPE(FPDF_FONT, "FPDF_FONT")
DOCMILL_CTYPE(FPDF_ANNOTATION, "FPDF_ANNOTATION")
DOCMILL_CTYPE(FPDF_LINK, "FPDF_LINK")
DOCMILL_CTYPE(FPDF_LINK*, "POINTER(FPDF_LINK)")
DOCMILL_CTYPE(FPDF_ACTION, "FPDF_ACTION")
DOCMILL_CTYPE(FPDF_BOOKMARK, "FPDF_BOOKMARK")
DOCMILL_CTYPE(FPDF_DEST, "FPDF_DEST")
#undef DOCMILL_CTYPE

template <typename R, typename... A>
std::string signature_of(R (*)(A...)) {
  std::string out = "(";
  ((out += name_of<A>() + ", "), ...);
  if (sizeof...(A) > 0) out.pop_back();
  // "(X, )" and "(X, Y)" as the bindings print them.
  if (sizeof...(A) == 1) out += " ";
  if (sizeof...(A) > 1) out.pop_back();
  return out + ") -> " + name_of<R>();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// name → "(arguments) -> result" of the library's Python bindings, aliases resolved.
std::map<std::string, std::string> bindings() {
  std::ifstream file(DOCMILL_SOURCE_DIR "/.deps/native/pdfium/bindings/bindings.py");
  std::map<std::string, std::string> found;
  std::string line;
  while (std::getline(file, line)) {
    const auto arguments = line.find(".argtypes = ");
    const auto result = line.find(".restype = ");
    for (const auto& [alias, type] :
         {std::pair<std::string, std::string>{"FPDF_BYTESTRING", "POINTER(c_char)"},
          {"FPDF_BOOL", "c_int"},
          {"FPDF_WCHAR", "c_ushort"},
          {"c_size_t", "c_ulong"},
          {"FPDF_ANNOTATION_SUBTYPE", "c_int"},
          {"FPDF_TEXT_RENDERMODE", "c_int"}}) {
      line = replaced(line, alias, type);
    }
    if (arguments != std::string::npos)
      found[line.substr(0, arguments)] = line.substr(arguments + 12);
    if (result != std::string::npos) {
      found[line.substr(0, result)] += " -> " + line.substr(result + 11);
    }
  }
  return found;
}

TEST(PdfiumApi, DeclarationsAgreeWithTheLibrarysOwnBindings) {
  const auto theirs = bindings();
  if (theirs.empty()) GTEST_SKIP() << "no PDFium bindings beside the library";
  const std::map<std::string, std::string> ours = {
#define DOCMILL_DECLARED(function) {#function, signature_of(&function)}
      DOCMILL_DECLARED(FPDF_InitLibraryWithConfig),
      DOCMILL_DECLARED(FPDF_LoadMemDocument64),
      DOCMILL_DECLARED(FPDF_GetLastError),
      DOCMILL_DECLARED(FPDF_CloseDocument),
      DOCMILL_DECLARED(FPDF_GetPageCount),
      DOCMILL_DECLARED(FPDF_GetMetaText),
      DOCMILL_DECLARED(FPDFCatalog_GetLanguage),
      DOCMILL_DECLARED(FPDF_LoadPage),
      DOCMILL_DECLARED(FPDF_ClosePage),
      DOCMILL_DECLARED(FPDF_GetPageWidthF),
      DOCMILL_DECLARED(FPDF_GetPageHeightF),
      DOCMILL_DECLARED(FPDF_GetPageBoundingBox),
      DOCMILL_DECLARED(FPDFPage_GetRotation),
      DOCMILL_DECLARED(FPDFPage_GetAnnotCount),
      DOCMILL_DECLARED(FPDFPage_GetAnnot),
      DOCMILL_DECLARED(FPDFAnnot_GetSubtype),
      DOCMILL_DECLARED(FPDFPage_CloseAnnot),
      DOCMILL_DECLARED(FPDFPage_Flatten),
      DOCMILL_DECLARED(FPDFText_LoadPage),
      DOCMILL_DECLARED(FPDFText_ClosePage),
      DOCMILL_DECLARED(FPDFText_CountChars),
      DOCMILL_DECLARED(FPDFText_GetUnicode),
      DOCMILL_DECLARED(FPDFText_IsGenerated),
      DOCMILL_DECLARED(FPDFText_HasUnicodeMapError),
      DOCMILL_DECLARED(FPDFText_GetTextObject),
      DOCMILL_DECLARED(FPDFText_GetLooseCharBox),
      DOCMILL_DECLARED(FPDFText_GetCharOrigin),
      DOCMILL_DECLARED(FPDFText_GetMatrix),
      DOCMILL_DECLARED(FPDFTextObj_GetFontSize),
      DOCMILL_DECLARED(FPDFTextObj_GetTextRenderMode),
      DOCMILL_DECLARED(FPDFTextObj_GetFont),
      DOCMILL_DECLARED(FPDFFont_GetBaseFontName),
      DOCMILL_DECLARED(FPDFFont_GetFlags),
      DOCMILL_DECLARED(FPDFFont_GetWeight),
      DOCMILL_DECLARED(FPDFLink_Enumerate),
      DOCMILL_DECLARED(FPDFLink_GetAnnotRect),
      DOCMILL_DECLARED(FPDFLink_GetAction),
      DOCMILL_DECLARED(FPDFAction_GetType),
      DOCMILL_DECLARED(FPDFAction_GetURIPath),
      DOCMILL_DECLARED(FPDFBookmark_GetFirstChild),
      DOCMILL_DECLARED(FPDFBookmark_GetNextSibling),
      DOCMILL_DECLARED(FPDFBookmark_GetTitle),
      DOCMILL_DECLARED(FPDFBookmark_GetDest),
      DOCMILL_DECLARED(FPDFDest_GetDestPageIndex),
#undef DOCMILL_DECLARED
  };
  for (const auto& [name, signature] : ours) {
    const auto their = theirs.find(name);
    ASSERT_NE(their, theirs.end()) << name;
    EXPECT_EQ(signature, their->second) << name;
  }
}

}  // namespace
