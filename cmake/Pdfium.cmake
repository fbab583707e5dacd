# SPDX-License-Identifier: Apache-2.0
# PDFium, a prebuilt library; its C functions are declared in src/document/pdfium_api.h.
add_library(docmill_pdfium SHARED IMPORTED)
set_target_properties(docmill_pdfium PROPERTIES IMPORTED_LOCATION ${DOCMILL_DEPS}/pdfium/libpdfium.so
  IMPORTED_NO_SONAME ON)
