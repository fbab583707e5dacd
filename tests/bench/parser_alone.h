// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace docmill::bench {

// What each format's parsing library costs with nothing built from it: the limit that an extractor
// on top of it cannot pass. False when the library does not take the bytes.

bool lexbor_alone(std::string_view html);
bool md4c_alone(std::string_view markdown);         // as GitHub reads it, with empty callbacks
bool zip_and_pugixml_alone(std::string_view docx);  // the main part inflated and parsed

// Pages; each loaded with its characters and their boxes. 0 when PDFium does not take the bytes;
// after docmill::document::prepare_pdf().
int pdfium_alone(std::string_view pdf);

}  // namespace docmill::bench
