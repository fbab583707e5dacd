// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

// The few C functions of PDFium (159.0.8149) that we call. The prebuilt library comes without
// headers; pdfium_api_test.cc compares every declaration with the library's own Python bindings.
// Not thread-safe: one thread per process may be inside PDFium.

extern "C" {

struct FpdfDocument;
struct FpdfPage;
struct FpdfTextPage;
struct FpdfPageObject;
struct FpdfFont;
struct FpdfAnnotation;
struct FpdfLink;
struct FpdfAction;
struct FpdfBookmark;
struct FpdfDest;

using FPDF_DOCUMENT = FpdfDocument*;
using FPDF_PAGE = FpdfPage*;
using FPDF_TEXTPAGE = FpdfTextPage*;
using FPDF_PAGEOBJECT = FpdfPageObject*;
using FPDF_FONT = FpdfFont*;
using FPDF_ANNOTATION = FpdfAnnotation*;
using FPDF_LINK = FpdfLink*;
using FPDF_ACTION = FpdfAction*;
using FPDF_BOOKMARK = FpdfBookmark*;
using FPDF_DEST = FpdfDest*;

struct FPDF_LIBRARY_CONFIG {
  int version;
  const char** m_pUserFontPaths;
  void* m_pIsolate;
  unsigned int m_v8EmbedderSlot;
  void* m_pPlatform;
  int m_RendererType;
  int m_FontLibraryType;
  int m_BrotliEnabled;
  int m_IsolatePerDocument;
};
struct FS_RECTF {  // points, origin at the bottom left: top is the greater number
  float left, top, right, bottom;
};
struct FS_MATRIX {
  float a, b, c, d, e, f;
};

inline constexpr unsigned long FPDF_ERR_PASSWORD = 4;
inline constexpr unsigned long FPDF_ERR_SECURITY = 5;
inline constexpr unsigned long PDFACTION_URI = 3;
inline constexpr int FPDF_ANNOT_LINK = 2;
inline constexpr int FPDF_ANNOT_POPUP = 16;
inline constexpr int FPDF_FLATTEN_FOR_DISPLAY = 0;
inline constexpr int FPDF_TEXTRENDERMODE_INVISIBLE = 3;
inline constexpr int FPDF_TEXTRENDERMODE_CLIP = 7;

void FPDF_InitLibraryWithConfig(const FPDF_LIBRARY_CONFIG* config);
FPDF_DOCUMENT FPDF_LoadMemDocument64(const void* data, std::size_t size, const char* password);
unsigned long FPDF_GetLastError();
void FPDF_CloseDocument(FPDF_DOCUMENT document);
int FPDF_GetPageCount(FPDF_DOCUMENT document);
// Texts below are UTF-16LE with a final zero; sizes are bytes; the answer is the size needed.
unsigned long FPDF_GetMetaText(FPDF_DOCUMENT document, const char* tag, void* out,
                               unsigned long size);
unsigned long FPDFCatalog_GetLanguage(FPDF_DOCUMENT document, unsigned short* out,
                                      unsigned long size);

FPDF_PAGE FPDF_LoadPage(FPDF_DOCUMENT document, int index);
void FPDF_ClosePage(FPDF_PAGE page);
float FPDF_GetPageWidthF(FPDF_PAGE page);  // as shown: after the page's rotation
float FPDF_GetPageHeightF(FPDF_PAGE page);
int FPDF_GetPageBoundingBox(FPDF_PAGE page, FS_RECTF* rect);  // before the rotation
int FPDFPage_GetRotation(FPDF_PAGE page);                     // quarter turns clockwise

int FPDFPage_GetAnnotCount(FPDF_PAGE page);
FPDF_ANNOTATION FPDFPage_GetAnnot(FPDF_PAGE page, int index);
int FPDFAnnot_GetSubtype(FPDF_ANNOTATION annotation);
void FPDFPage_CloseAnnot(FPDF_ANNOTATION annotation);
// Draws all annotations into the page's content and forgets them; to be seen after a new load.
int FPDFPage_Flatten(FPDF_PAGE page, int usage);

FPDF_TEXTPAGE FPDFText_LoadPage(FPDF_PAGE page);
void FPDFText_ClosePage(FPDF_TEXTPAGE page);
int FPDFText_CountChars(FPDF_TEXTPAGE page);
unsigned int FPDFText_GetUnicode(FPDF_TEXTPAGE page, int index);
int FPDFText_IsGenerated(FPDF_TEXTPAGE page, int index);
int FPDFText_HasUnicodeMapError(FPDF_TEXTPAGE page, int index);
FPDF_PAGEOBJECT FPDFText_GetTextObject(FPDF_TEXTPAGE page, int index);
int FPDFText_GetLooseCharBox(FPDF_TEXTPAGE page, int index, FS_RECTF* rect);
int FPDFText_GetCharOrigin(FPDF_TEXTPAGE page, int index, double* x, double* y);
int FPDFText_GetMatrix(FPDF_TEXTPAGE page, int index, FS_MATRIX* matrix);
int FPDFTextObj_GetFontSize(FPDF_PAGEOBJECT text, float* size);
int FPDFTextObj_GetTextRenderMode(FPDF_PAGEOBJECT text);
FPDF_FONT FPDFTextObj_GetFont(FPDF_PAGEOBJECT text);
std::size_t FPDFFont_GetBaseFontName(FPDF_FONT font, char* out, std::size_t size);
int FPDFFont_GetFlags(FPDF_FONT font);
int FPDFFont_GetWeight(FPDF_FONT font);

int FPDFLink_Enumerate(FPDF_PAGE page, int* position, FPDF_LINK* link);
int FPDFLink_GetAnnotRect(FPDF_LINK link, FS_RECTF* rect);
FPDF_ACTION FPDFLink_GetAction(FPDF_LINK link);
unsigned long FPDFAction_GetType(FPDF_ACTION action);
unsigned long FPDFAction_GetURIPath(FPDF_DOCUMENT document, FPDF_ACTION action, void* out,
                                    unsigned long size);

FPDF_BOOKMARK FPDFBookmark_GetFirstChild(FPDF_DOCUMENT document, FPDF_BOOKMARK bookmark);
FPDF_BOOKMARK FPDFBookmark_GetNextSibling(FPDF_DOCUMENT document, FPDF_BOOKMARK bookmark);
unsigned long FPDFBookmark_GetTitle(FPDF_BOOKMARK bookmark, void* out, unsigned long size);
FPDF_DEST FPDFBookmark_GetDest(FPDF_DOCUMENT document, FPDF_BOOKMARK bookmark);
int FPDFDest_GetDestPageIndex(FPDF_DOCUMENT document, FPDF_DEST dest);

}  // extern "C"
