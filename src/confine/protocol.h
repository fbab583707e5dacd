// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

// The bytes between a pool and its worker: private to this module. Both ends are the same build on
// the same machine, so structs go over as they lie in memory. What the worker sends is hostile all
// the same: it may be under the control of the document it parses.
namespace docmill::confine::internal {

// Where the pool leaves its end of the socket pair in the worker.
inline constexpr int kWorkerSocket = 3;
// A worker that found itself out of memory and could not say so leaves with this status.
inline constexpr int kExitOutOfMemory = 77;

inline constexpr std::size_t kRequestHeaderBytesMax = 64 * 1024;
inline constexpr std::size_t kFrameBytesMax = 1 << 20;
inline constexpr std::size_t kErrorMessageBytesMax = 1024;

// Sent once to a new worker, before it may be given documents.
struct Configuration {
  std::uint32_t magic = kMagic;
  std::uint32_t unused = 0;
  std::uint64_t memory_bytes_max = 0;
  static constexpr std::uint32_t kMagic = 0x444d4346;
};

// Starts a request: carries the descriptor of the sealed memfd; `header_bytes` of header follow.
struct RequestStart {
  std::uint32_t magic = kMagic;
  std::uint32_t header_bytes = 0;
  std::uint64_t bytes = 0;  // size of the memfd
  std::uint64_t nonce = 0;  // random; the frames of the reply carry it
  static constexpr std::uint32_t kMagic = 0x444d5251;
};

enum class FrameKind : std::uint32_t {
  kHello = 1,  // payload: one byte, the SandboxLevel
  kData = 2,   // a piece of the reply
  kError = 3,  // the reply is an error; ends it
  kDone = 4,   // the reply is whole; no payload
};

// Before each payload that a worker sends.
struct FrameHeader {
  std::uint32_t kind = 0;
  std::uint32_t bytes = 0;  // at most kFrameBytesMax
  // The request's: what an earlier document's parser sent unasked cannot pass for this reply.
  std::uint64_t nonce = 0;
};

// An error as a payload, and back. `decode_error` trusts nothing: an unknown code becomes internal,
// a reason that is no lower-case word is dropped, control characters and overlong messages are cut.
std::string encode_error(const Error& error);
Error decode_error(std::string_view payload);

// Blocking and whole, for the worker's end. False at the end of the stream or on an error.
bool read_all(int descriptor, void* out, std::size_t size);
bool write_all(int descriptor, const void* data, std::size_t size);
bool write_frame(int descriptor, FrameKind kind, std::string_view payload, std::uint64_t nonce);

}  // namespace docmill::confine::internal
