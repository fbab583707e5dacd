// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "async/blocking_pool.h"
#include "async/context.h"
#include "async/task.h"
#include "base/clock.h"

namespace docmill::crawler {

struct FetcherSettings {
  std::string user_agent = "docmill";  // product, version and a contact URL
  int connections_max = 64;            // transfers at once; more wait in `fetch`
  Milliseconds connect_timeout{10'000};
  Milliseconds idle_timeout{20'000};  // without a byte for so long
  Milliseconds total_timeout{300'000};
  std::uint64_t body_bytes_max = 100'000'000;  // decoded
  double decode_ratio_max = 100;               // decoded to received bytes, after the first MiB
  std::uint64_t buffer_bytes = 1 << 20;        // unread bytes of one transfer before it is paused
  bool allow_private = false;                  // may connect to addresses that are not global
};

// What came before the body. Redirects are not followed: each hop is the caller's decision.
struct ResponseHead {
  int status = 0;
  std::string media_type;  // lower case, without parameters
  std::string charset;
  std::string location;    // as written; empty unless a redirect
  std::string robots_tag;  // X-Robots-Tag values, joined by ", "
  std::optional<Milliseconds> retry_after;
  std::optional<WallTime> last_modified;
};

// One running transfer. Destroying it aborts the transfer. Used by one coroutine.
class Transfer {
 public:
  struct State;
  explicit Transfer(std::shared_ptr<State> state);
  ~Transfer();
  Transfer(Transfer&&) noexcept;

  // The head, once the server answered. Errors: unavailable (refused, reset, unreachable, TLS),
  // deadline_exceeded, permission_denied with reason "private_address" (the guard refused every
  // address), invalid_argument, cancelled.
  Task<ResponseHead> head(Context context);
  // Decoded bytes as they come; empty at the end. too_large with reason "limit_body_bytes" or
  // "limit_decode_ratio"; the same errors as `head`.
  Task<std::string> next(Context context);

 private:
  std::shared_ptr<State> state_;
};

// Fetches web pages over libcurl: HTTP/1.1 and 2, gzip/brotli/zstd decoded under caps, TLS
// verified, no proxies from the environment, every connected address checked. One multi handle
// driven from one blocking-pool thread while `run` runs. Thread-safe.
class Fetcher {
 public:
  Fetcher(FetcherSettings settings, BlockingPool& blocking, const Clock& clock);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // Drives the transfers until the context is cancelled; running ones end as cancelled.
  Task<void> run(Context context);

  // Starts one GET. The transfer begins as soon as a connection is free.
  Transfer fetch(std::string url);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// "120" or an HTTP date → time from `now`; nothing when neither. RFC 9110, 10.2.3.
std::optional<Milliseconds> parse_retry_after(const std::string& value, WallTime now);

}  // namespace docmill::crawler
