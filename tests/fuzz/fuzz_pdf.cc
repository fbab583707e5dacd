// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "document/extract.h"

// Any bytes give a model that keeps its rules or a typed error that is not our own fault.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  docmill::document::ExtractInput input;
  input.bytes = std::string_view(reinterpret_cast<const char*>(data), size);
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
