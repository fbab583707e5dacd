// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

namespace docmill {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void add_field(Hasher& hasher, std::string_view field) {
  std::array<char, 8> length{};
  std::uint64_t size = field.size();
  for (char& byte : length) {
    byte = static_cast<char>(size & 0xff);
    size >>= 8;
  }
  hasher.update({length.data(), length.size()});
  hasher.update(field);
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 15]);
  }
  return out;
}

std::string Hash::hex() const { return to_hex(bytes); }

Result<Hash> Hash::from_hex(std::string_view text) {
  Hash hash;
  if (text.size() != hash.bytes.size() * 2)
    return fail(ErrorCode::kInvalidArgument, "a hash has 64 hexadecimal digits");
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    int high = digit_of(text[2 * i]);
    int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return fail(ErrorCode::kInvalidArgument, "a hash has hexadecimal digits only");
    hash.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return hash;
}

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  DOCMILL_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::string_view bytes) {
  DOCMILL_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Hash Hasher::finish() {
  Hash hash;
  unsigned size = 0;
  DOCMILL_CHECK(EVP_DigestFinal_ex(state_->context, hash.bytes.data(), &size) == 1);
  return hash;
}

Hash sha256(std::string_view bytes) {
  Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

Hash hash_fields(std::initializer_list<std::string_view> fields) {
  Hasher hasher;
  for (std::string_view field : fields) add_field(hasher, field);
  return hasher.finish();
}

Hash hash_fields(std::span<const std::string> fields) {
  Hasher hasher;
  for (const std::string& field : fields) add_field(hasher, field);
  return hasher.finish();
}

std::string base64_encode(std::span<const std::uint8_t> bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                             static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string random_hex(std::size_t size_bytes) {
  std::string raw(size_bytes, '\0');
  auto* data = reinterpret_cast<unsigned char*>(raw.data());
  DOCMILL_CHECK(RAND_bytes(data, static_cast<int>(size_bytes)) == 1);
  return to_hex({data, size_bytes});
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace docmill
