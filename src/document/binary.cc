// SPDX-License-Identifier: Apache-2.0
#include "document/binary.h"

#include <fmt/format.h>

#include <bit>
#include <limits>

namespace docmill::document {

void BinaryWriter::byte(std::uint8_t value) {
  ++size_;
  if (mode_ == Mode::kBytes) bytes_.push_back(static_cast<char>(value));
}

void BinaryWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    byte(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  byte(static_cast<std::uint8_t>(value));
}

void BinaryWriter::real(float value) {
  auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) byte(static_cast<std::uint8_t>(bits >> shift));
}

void BinaryWriter::text(std::string_view value) {
  number(value.size());
  raw(value);
}

void BinaryWriter::raw(std::string_view bytes) {
  size_ += bytes.size();
  if (mode_ == Mode::kBytes) bytes_.append(bytes);
}

std::uint8_t BinaryReader::byte() {
  if (failed_ || position_ == bytes_.size()) {
    fail_at("end of bytes");
    return 0;
  }
  return static_cast<std::uint8_t>(bytes_[position_++]);
}

std::uint64_t BinaryReader::number() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    std::uint8_t next = byte();
    std::uint64_t bits = next & 0x7F;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if ((next & 0x80) == 0) return failed_ ? 0 : value;
  }
  fail_at("number");
  return 0;
}

std::uint64_t BinaryReader::number(std::uint64_t max) {
  std::uint64_t value = number();
  if (value <= max) return value;
  fail_at("number out of range");
  return 0;
}

float BinaryReader::real() {
  std::string_view bytes = raw(4);
  if (bytes.size() != 4) return 0;
  std::uint32_t bits = 0;
  for (int i = 3; i >= 0; --i)
    bits = (bits << 8) | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return std::bit_cast<float>(bits);
}

std::string_view BinaryReader::text() {
  return raw(static_cast<std::size_t>(number(std::numeric_limits<std::size_t>::max())));
}

std::string_view BinaryReader::raw(std::size_t size) {
  if (failed_ || size > bytes_.size() - position_) {
    fail_at("length");
    return {};
  }
  std::string_view piece = bytes_.substr(position_, size);
  position_ += size;
  return piece;
}

std::size_t BinaryReader::count(std::size_t record_bytes_min) {
  std::uint64_t value = number();
  if (failed_ || value > kRecordsMax || value > (bytes_.size() - position_) / record_bytes_min) {
    fail_at("count");
    return 0;
  }
  return static_cast<std::size_t>(value);
}

void BinaryReader::fail_at(std::string_view place) {
  if (failed_) return;
  failed_ = true;
  place_ = place;
}

Error BinaryReader::fault(std::string_view what) const {
  return Error(ErrorCode::kCorruptData,
               fmt::format("{} is damaged: {} at byte {}", what, place_, position_));
}

}  // namespace docmill::document
