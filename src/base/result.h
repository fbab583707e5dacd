// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace docmill {

// What went wrong, as far as a caller can act on it. Twelve codes for the whole product;
// error_code.h maps each to retry advice, HTTP status, OpenAI error type, log level and metric
// label.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument,
  kUnauthenticated,
  kPermissionDenied,
  kNotFound,
  kConflict,
  kTooLarge,
  kRateLimited,
  kUnavailable,
  kDeadlineExceeded,
  kCancelled,
  kCorruptData,
  kInternal,
};

// An error value. `message` is for the operator: it says what failed and what to do, and never
// holds a secret or document text. Each layer adds its context once with `wrap`.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  // Set when the other side said when to come back (Retry-After).
  std::optional<std::chrono::milliseconds> retry_after;
  // A stable word for scripts and dead letters, e.g. "limit_inflated_bytes"; empty means the code's
  // name.
  std::string reason;

  Error() = default;
  Error(ErrorCode error_code, std::string text) : code(error_code), message(std::move(text)) {}
  Error(ErrorCode error_code, std::string text, std::string stable_reason)
      : code(error_code), message(std::move(text)), reason(std::move(stable_reason)) {}

  // The same error with "context: " put before its message.
  [[nodiscard]] Error wrap(std::string_view context) &&;
};

template <typename T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string reason = {}) {
  return std::unexpected<Error>(Error(code, std::move(message), std::move(reason)));
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace docmill

#define DOCMILL_CONCAT_INNER(a, b) a##b
#define DOCMILL_CONCAT(a, b) DOCMILL_CONCAT_INNER(a, b)

// DOCMILL_TRY(auto x, expr): x is expr's value, or the function returns expr's error.
#define DOCMILL_TRY(var, ...)                                                           \
  auto DOCMILL_CONCAT(try_result_, __LINE__) = (__VA_ARGS__);                           \
  if (!DOCMILL_CONCAT(try_result_, __LINE__))                                           \
    return ::std::unexpected(std::move(DOCMILL_CONCAT(try_result_, __LINE__)).error()); \
  var = std::move(*DOCMILL_CONCAT(try_result_, __LINE__))
#define DOCMILL_TRY_VOID(...)                                     \
  if (auto DOCMILL_CONCAT(try_result_, __LINE__) = (__VA_ARGS__); \
      !DOCMILL_CONCAT(try_result_, __LINE__))                     \
  return ::std::unexpected(std::move(DOCMILL_CONCAT(try_result_, __LINE__)).error())

// The same in coroutines; `expr` holds its own co_await.
#define DOCMILL_CO_TRY(var, ...)                                                           \
  auto DOCMILL_CONCAT(try_result_, __LINE__) = (__VA_ARGS__);                              \
  if (!DOCMILL_CONCAT(try_result_, __LINE__))                                              \
    co_return ::std::unexpected(std::move(DOCMILL_CONCAT(try_result_, __LINE__)).error()); \
  var = std::move(*DOCMILL_CONCAT(try_result_, __LINE__))
#define DOCMILL_CO_TRY_VOID(...)                                  \
  if (auto DOCMILL_CONCAT(try_result_, __LINE__) = (__VA_ARGS__); \
      !DOCMILL_CONCAT(try_result_, __LINE__))                     \
  co_return ::std::unexpected(std::move(DOCMILL_CONCAT(try_result_, __LINE__)).error())

// A broken invariant is our bug, not the world's: abort; the durable queue makes a crash safe.
#define DOCMILL_CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::docmill::check_failed(__FILE__, __LINE__, #condition))
