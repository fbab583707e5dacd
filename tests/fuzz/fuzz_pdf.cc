// SPDX-License-Identifier: Apache-2.0
// parse_pdf: a model that keeps its rules, or a typed error that is not our own fault. Bytes that
// begin like a PDF are taken as one; all others are the content of the page of a sound one, so that
// the fuzzer reaches what lies behind the file's structure.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "document/extract.h"
#include "document/pdf_sample.h"

namespace {

std::string file_around(std::string_view content) {
  docmill::document::PdfSample sample;
  sample.add_page();
  sample.raw(content);
  return sample.bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string file = bytes.starts_with("%PDF") ? std::string(bytes) : file_around(bytes);
  docmill::document::ExtractInput input;
  input.bytes = file;
  docmill::document::Limits limits;
  limits.pages = 50;
  limits.output_bytes = 1 << 20;
  const auto document = docmill::document::parse_pdf(input, limits);
  if (document) {
    DOCMILL_CHECK(docmill::document::find_fault(*document).empty());
  } else {
    DOCMILL_CHECK(document.error().code != docmill::ErrorCode::kInternal);
  }
  return 0;
}
