// SPDX-License-Identifier: Apache-2.0
#include "confine/protocol.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/utf8.h"

namespace docmill::confine::internal {
namespace {

constexpr std::size_t kReasonBytesMax = 64;
constexpr std::uint8_t kErrorCodes = static_cast<std::uint8_t>(ErrorCode::kInternal) + 1;

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string encode_error(const Error& error) {
  std::string payload;
  payload += static_cast<char>(error.code);
  payload += static_cast<char>(std::min(error.reason.size(), kReasonBytesMax));
  payload += error.reason.substr(0, kReasonBytesMax);
  payload += error.message.substr(0, kErrorMessageBytesMax);
  return payload;
}

Error decode_error(std::string_view payload) {
  Error error(ErrorCode::kInternal, "the parser answered an error without a text");
  if (payload.size() < 2) return error;
  const auto code = static_cast<std::uint8_t>(payload[0]);
  if (code < kErrorCodes) error.code = static_cast<ErrorCode>(code);
  const auto reason_bytes = static_cast<std::uint8_t>(payload[1]);
  payload.remove_prefix(2);
  if (reason_bytes > payload.size() || reason_bytes > kReasonBytesMax) return error;
  const std::string_view reason = payload.substr(0, reason_bytes);
  if (is_word(reason)) error.reason = reason;
  payload.remove_prefix(reason_bytes);
  if (payload.empty()) return error;
  const std::string valid = to_valid_utf8(payload);
  error.message = utf8_prefix(valid, kErrorMessageBytesMax);
  for (char& c : error.message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return error;
}

bool read_all(int descriptor, void* out, std::size_t size) {
  auto* position = static_cast<char*>(out);
  while (size > 0) {
    const ssize_t got = recv(descriptor, position, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    position += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int descriptor, const void* data, std::size_t size) {
  const auto* position = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = send(descriptor, position, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    position += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool write_frame(int descriptor, FrameKind kind, std::string_view payload, std::uint64_t nonce) {
  const FrameHeader header{static_cast<std::uint32_t>(kind),
                           static_cast<std::uint32_t>(payload.size()), nonce};
  return write_all(descriptor, &header, sizeof header) &&
         write_all(descriptor, payload.data(), payload.size());
}

}  // namespace docmill::confine::internal
