// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/embedded/database.h"
#include "ports/cache.h"

namespace docmill::embedded {

struct SqliteCacheSettings {
  std::int64_t size_bytes_max = std::int64_t{2} << 30;  // of values; the oldest go first
};

// A cache in a database file of its own, opened with `durable = false`: deleting that file, or
// losing its last writes, costs only work.
class SqliteCache final : public Cache {
 public:
  // Migrates; `database` must outlive the cache.
  static Result<std::unique_ptr<SqliteCache>> create(Database& database,
                                                     SqliteCacheSettings settings);

  Task<std::vector<std::optional<std::string>>> get(Context context,
                                                    std::vector<Hash> keys) override;
  Task<void> put(Context context, std::vector<CacheEntry> entries) override;

 private:
  SqliteCache(Database& database, SqliteCacheSettings settings)
      : database_(database), settings_(settings) {}

  Database& database_;
  SqliteCacheSettings settings_;
};

}  // namespace docmill::embedded
