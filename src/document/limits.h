// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace docmill::document {

// What one document may cost. Counted on bytes and items as they come, whatever headers say. Going
// over one is too_large with the reason "limit_" + the field's name, e.g. "limit_inflated_bytes".
struct Limits {
  std::uint64_t input_bytes = 100'000'000;
  std::uint64_t inflated_bytes = 500ULL << 20;   // all entries of an archive, or all PDF streams
  std::uint64_t inflate_ratio = 100;             // checked after the first MiB
  std::uint64_t archive_entries = 10'000;
  std::uint64_t embedded_bytes = 50ULL << 20;    // one entry that is parsed whole
  std::uint64_t xml_depth = 1'024;               // also nesting of HTML elements and lists
  std::uint64_t table_cells = 100'000;
  std::uint64_t pages = 20'000;
  std::uint64_t blocks = 1'000'000;
  std::uint64_t links = 100'000;
  std::uint64_t output_bytes = 100ULL << 20;     // encoded document model
  std::uint64_t metadata_bytes = 1ULL << 20;
  std::uint64_t metadata_field_bytes = 100ULL << 10;
};

}  // namespace docmill::document
