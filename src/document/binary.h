// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace docmill::document {

// More records of one kind are refused: small records must not become gigabytes of objects.
inline constexpr std::uint64_t kRecordsMax = 2'000'000;

// The primitives of our binary formats (docs/formats.md): LEB128 numbers, strings with their
// length, little-endian floats. Writing to a size-only writer tells the encoded size without the
// bytes.
class BinaryWriter {
 public:
  enum class Mode : std::uint8_t { kBytes, kSizeOnly };
  explicit BinaryWriter(Mode mode = Mode::kBytes) : mode_(mode) {}

  void byte(std::uint8_t value);
  void number(std::uint64_t value);
  void real(float value);
  void text(std::string_view value);
  void raw(std::string_view bytes);

  void reserve(std::size_t size) { bytes_.reserve(size); }
  std::size_t size() const { return size_; }
  std::string take() && { return std::move(bytes_); }

 private:
  Mode mode_;
  std::size_t size_ = 0;
  std::string bytes_;
};

// Reads what BinaryWriter wrote, from bytes that nobody vouches for. After the first fault every
// read answers zero or empty, so a reader checks `fault()` once a record, not once a field.
class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t byte();
  std::uint64_t number();
  // A number that fits; larger ones are a fault.
  std::uint64_t number(std::uint64_t max);
  float real();
  std::string_view text();
  std::string_view raw(std::size_t size);
  // How many records follow. A fault unless that many, `record_bytes_min` each, fit in what is
  // left, so that no count makes the reader allocate more than a multiple of its input.
  std::size_t count(std::size_t record_bytes_min);

  void fail_at(std::string_view place);
  bool failed() const { return failed_; }
  bool at_end() const { return position_ == bytes_.size(); }
  // corrupt_data with the place and the offset of the first fault.
  Error fault(std::string_view what) const;

 private:
  std::string_view bytes_;
  std::size_t position_ = 0;
  bool failed_ = false;
  std::string place_;
};

}  // namespace docmill::document
