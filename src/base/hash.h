// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace docmill {

// A SHA-256 digest: the name of everything docmill stores. Ordered, hashable, a value.
struct Hash {
  std::array<std::uint8_t, 32> bytes{};

  auto operator<=>(const Hash&) const = default;
  std::string hex() const;                              // 64 lower-case digits
  static Result<Hash> from_hex(std::string_view text);  // invalid_argument unless 64 hex digits
};

Hash sha256(std::string_view bytes);

// The hash of several fields, injective: each field is preceded by its length, so ("ab","c") and
// ("a","bc") differ. Keys of stages, documents and chunks are made with it.
Hash hash_fields(std::initializer_list<std::string_view> fields);
Hash hash_fields(std::span<const std::string> fields);

// SHA-256 of bytes that come in pieces. Not thread-safe; movable.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void update(std::string_view bytes);
  Hash finish();  // once; the hasher is spent afterwards

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string to_hex(std::span<const std::uint8_t> bytes);

// RFC 4648 base64 with padding.
std::string base64_encode(std::span<const std::uint8_t> bytes);

// `size` bytes of the operating system's randomness, as lower-case hex of twice that length.
std::string random_hex(std::size_t size_bytes);

// True when equal; takes the same time wherever two strings of one length differ.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace docmill

template <>
struct std::hash<docmill::Hash> {
  std::size_t operator()(const docmill::Hash& hash) const noexcept {
    std::size_t value;
    __builtin_memcpy(&value, hash.bytes.data(), sizeof value);
    return value;
  }
};
