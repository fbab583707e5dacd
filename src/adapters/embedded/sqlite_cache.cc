// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_cache.h"

namespace docmill::embedded {
namespace {

const Schema& cache_schema() {
  static const Schema schema{"cache",
                             {"CREATE TABLE cache_entries(id INTEGER PRIMARY KEY AUTOINCREMENT,"
                              " key BLOB NOT NULL UNIQUE, value BLOB NOT NULL);"
                              "CREATE TABLE cache_size(bytes INTEGER NOT NULL);"
                              "INSERT INTO cache_size VALUES(0);"
                              "CREATE TRIGGER cache_grows AFTER INSERT ON cache_entries BEGIN"
                              " UPDATE cache_size SET bytes=bytes+length(NEW.value); END;"
                              "CREATE TRIGGER cache_shrinks AFTER DELETE ON cache_entries BEGIN"
                              " UPDATE cache_size SET bytes=bytes-length(OLD.value); END;"}};
  return schema;
}

// Makes room by forgetting the entries that were put first: a hit writes nothing, so that reads
// stay reads; what is still used is put again at its next miss.
Status shrink(Transaction& transaction, std::int64_t size_bytes_max) {
  while (true) {
    std::int64_t bytes = 0;
    {
      Statement size = transaction.prepare("SELECT bytes FROM cache_size");
      DOCMILL_TRY_VOID(size.step());
      bytes = size.integer(0);
    }
    if (bytes <= size_bytes_max) return {};
    DOCMILL_TRY(std::int64_t removed,
                transaction.run("DELETE FROM cache_entries WHERE id IN"
                                " (SELECT id FROM cache_entries ORDER BY id LIMIT 100)"));
    if (removed == 0) return {};
  }
}

}  // namespace

Result<std::unique_ptr<SqliteCache>> SqliteCache::create(Database& database,
                                                         SqliteCacheSettings settings) {
  DOCMILL_TRY_VOID(database.migrate(cache_schema()));
  return std::unique_ptr<SqliteCache>(new SqliteCache(database, settings));
}

Task<std::vector<std::optional<std::string>>> SqliteCache::get(Context context,
                                                               std::vector<Hash> keys) {
  using Values = std::vector<std::optional<std::string>>;
  co_return co_await database_.read<Values>(
      std::move(context), [keys = std::move(keys)](Transaction& transaction) -> Result<Values> {
        Values values;
        Statement find = transaction.prepare("SELECT value FROM cache_entries WHERE key=?");
        for (const Hash& key : keys) {
          DOCMILL_TRY(bool found, find.bind(key).step());
          values.push_back(found ? std::optional(find.text(0)) : std::nullopt);
          find.reset();
        }
        return values;
      });
}

Task<void> SqliteCache::put(Context context, std::vector<CacheEntry> entries) {
  co_return co_await database_.write<void>(
      std::move(context),
      [entries = std::move(entries),
       size_bytes_max = settings_.size_bytes_max](Transaction& transaction) -> Status {
        for (const CacheEntry& entry : entries) {
          DOCMILL_TRY_VOID(transaction.execute("DELETE FROM cache_entries WHERE key=?", entry.key));
          DOCMILL_TRY_VOID(transaction.execute("INSERT INTO cache_entries(key, value) VALUES(?,?)",
                                               entry.key, Blob{entry.value}));
        }
        return shrink(transaction, size_bytes_max);
      });
}

}  // namespace docmill::embedded
