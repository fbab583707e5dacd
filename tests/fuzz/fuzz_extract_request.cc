// SPDX-License-Identifier: Apache-2.0
// The header of a confined parse: what decodes is written and read again to the same bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "document/extract_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace docmill;
  const auto request =
      document::decode_request_header(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!request) {
    DOCMILL_CHECK(request.error().code == ErrorCode::kCorruptData);
    return 0;
  }
  const std::string again = document::encode_request_header(*request);
  const auto second = document::decode_request_header(again);
  DOCMILL_CHECK(second.has_value());
  DOCMILL_CHECK(document::encode_request_header(*second) == again);
  return 0;
}
