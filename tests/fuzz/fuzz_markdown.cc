// SPDX-License-Identifier: Apache-2.0
// parse_markdown on any bytes: an error or a model without a fault.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "document/extract.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  docmill::document::ExtractInput input;
  input.bytes = std::string_view(reinterpret_cast<const char*>(data), size);
  docmill::document::Limits limits;
  const auto document = docmill::document::parse_markdown(input, limits);
  if (document) DOCMILL_CHECK(docmill::document::find_fault(*document).empty());
  if (!document) DOCMILL_CHECK(document.error().code != docmill::ErrorCode::kInternal);
  return 0;
}
