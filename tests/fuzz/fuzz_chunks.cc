// SPDX-License-Identifier: Apache-2.0
// Chunks that decode are written and read again to the same bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "document/chunker.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace docmill;
  const auto chunks =
      document::decode_chunks(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!chunks) {
    DOCMILL_CHECK(chunks.error().code == ErrorCode::kCorruptData);
    return 0;
  }
  const std::string again = document::encode_chunks(*chunks);
  const auto second = document::decode_chunks(again);
  DOCMILL_CHECK(second.has_value());
  DOCMILL_CHECK(document::encode_chunks(*second) == again);
  return 0;
}
