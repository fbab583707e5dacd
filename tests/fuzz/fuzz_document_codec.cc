// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "document/chunker.h"
#include "document/codec.h"

// What decodes must be written and read again to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace docmill;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto document = document::decode(bytes)) {
    std::string again = document::encode(*document);
    auto second = document::decode(again);
    DOCMILL_CHECK(second.has_value());
    DOCMILL_CHECK(document::encode(*second) == again);
  }
  (void)document::decode_chunks(bytes);
  return 0;
}
