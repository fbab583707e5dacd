// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "base/clock.h"
#include "base/hash.h"

namespace docmill {

// An API key as it is stored: never its secret. `id` is public and short.
struct ApiKey {
  std::string id;  // 12 hexadecimal digits
  std::string name;
  Hash secret_hash;  // SHA-256 of the secret; compare in constant time
  WallTime created_at{};
  std::optional<WallTime> revoked_at;
  std::optional<WallTime> last_used_at;
};

// What a client sends: "dm-<id>-<secret>".
struct ApiKeyText {
  std::string id;
  std::string secret;
};

// Splits a key as a client sent it; nothing when it has another shape.
std::optional<ApiKeyText> parse_api_key(std::string_view text);

struct CreatedApiKey {
  ApiKey key;
  std::string text;  // the whole key; shown once, stored nowhere
};

// The API keys of the gateway. Revoked keys stay, so that their use can be told apart from an
// unknown key and the last revocation does not open the door. Every write is durable when it
// returns. Thread-safe, many processes. Errors: not_found, invalid_argument, unavailable (retry).
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  // `name` is for people: 1–100 bytes of UTF-8.
  virtual Task<CreatedApiKey> create(Context context, std::string name) = 0;
  // Revoked keys too; nothing for an unknown id.
  virtual Task<std::optional<ApiKey>> find(Context context, std::string id) = 0;
  virtual Task<std::vector<ApiKey>> list(Context context) = 0;  // oldest first
  // Success also for a key that is revoked already; not_found for an unknown id.
  virtual Task<void> revoke(Context context, std::string id) = 0;
  // Notes that these keys were used now; unknown ids are ignored. Call it seldom (once a minute).
  virtual Task<void> mark_used(Context context, std::vector<std::string> ids) = 0;
  // How many keys there are, revoked ones included: from the first on, every request needs one.
  virtual Task<std::int64_t> count(Context context) = 0;
};

}  // namespace docmill
