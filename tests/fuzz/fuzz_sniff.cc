// SPDX-License-Identifier: Apache-2.0
// sniff_media_type on any bytes: always a type with a slash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "document/extract.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  docmill::document::ExtractInput input;
  input.bytes = std::string_view(reinterpret_cast<const char*>(data), size);
  DOCMILL_CHECK(docmill::document::sniff_media_type(input).find('/') != std::string::npos);
  return 0;
}
