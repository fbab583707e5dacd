// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/metrics.h"
#include "http/message.h"
#include "ports/key_store.h"

namespace docmill::gateway {

struct AuthSettings {
  bool loopback = true;            // the listener is reached from this machine only
  Milliseconds cache_time{2'000};  // how long a revoked key may still work
  std::size_t cached_keys_max = 4096;
};

// Decides who may call. A key is needed as soon as one exists or the listener is not loopback; an
// unreadable key store refuses everybody. Without keys, requests that a web page of elsewhere made
// the browser send are refused: no page may drive a server that trusts its machine. Thread-safe.
class Authenticator {
 public:
  Authenticator(KeyStore& keys, const Clock& clock, AuthSettings settings);

  // The id of the key, or "" where none is needed. Errors: unauthenticated (invalid_api_key),
  // permission_denied (foreign_page), unavailable.
  Task<std::string> check(Context context, const http::RequestHead& request);

  // Tells the store about used keys, at most once a minute each. Call it when the answer is out.
  Task<void> note_used(Context context, std::string key_id);

 private:
  struct Cached {
    std::optional<ApiKey> key;
    SteadyTime until{};
    std::optional<SteadyTime> noted;
  };

  Task<bool> key_needed(Context context);
  Task<std::optional<ApiKey>> find(Context context, std::string id);

  KeyStore& keys_;
  const Clock& clock_;
  AuthSettings settings_;
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> cache_;
  // Never becomes false again: revoked keys count. While it is false every request asks the store,
  // so that the first key shuts the door at once.
  bool keys_exist_ = false;
};

}  // namespace docmill::gateway
