// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "base/hash.h"

namespace docmill {

struct CacheEntry {
  Hash key;
  std::string value;
};

// Values that can be made again. May forget anything at any time, never returns a wrong or partial
// value. Keys are injective hashes of everything the value depends on. Thread-safe, many processes.
class Cache {
 public:
  virtual ~Cache() = default;
  // One value or nothing per key, in order. An unavailable cache answers an error; callers treat
  // that as all misses.
  virtual Task<std::vector<std::optional<std::string>>> get(Context context,
                                                            std::vector<Hash> keys) = 0;
  virtual Task<void> put(Context context, std::vector<CacheEntry> entries) = 0;
};

}  // namespace docmill
