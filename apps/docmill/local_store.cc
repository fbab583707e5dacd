// SPDX-License-Identifier: Apache-2.0
#include "local_store.h"

#include <filesystem>

#include "adapters/embedded/database.h"
#include "adapters/embedded/local_blob_store.h"
#include "adapters/embedded/sqlite_cache.h"
#include "adapters/embedded/sqlite_catalog.h"
#include "adapters/embedded/sqlite_frontier.h"
#include "adapters/embedded/sqlite_job_store.h"
#include "adapters/embedded/sqlite_key_store.h"
#include "adapters/embedded/sqlite_queue.h"

namespace docmill::app {

LocalStore::LocalStore() = default;
LocalStore::~LocalStore() = default;

Result<std::unique_ptr<LocalStore>> LocalStore::open(const std::string& data_dir, Runtime& runtime,
                                                     const Clock& clock) {
  std::error_code error;
  std::filesystem::create_directories(data_dir, error);
  if (error)
    return fail(ErrorCode::kUnavailable,
                "cannot create the data folder " + data_dir + ": " + error.message());
  // Documents are their owner's business.
  std::filesystem::permissions(data_dir, std::filesystem::perms::owner_all, error);
  std::unique_ptr<LocalStore> store(new LocalStore());
  DOCMILL_TRY(store->database, embedded::Database::open({.path = data_dir + "/docmill.db"}));
  DOCMILL_TRY(store->cache_database,
              embedded::Database::open({.path = data_dir + "/cache.db", .durable = false}));
  DOCMILL_TRY(store->blobs, embedded::LocalBlobStore::create({.folder = data_dir + "/blobs"},
                                                             runtime.blocking()));
  DOCMILL_TRY(store->queue, embedded::SqliteQueue::create(*store->database, clock));
  DOCMILL_TRY(store->catalog, embedded::SqliteCatalog::create(*store->database, clock));
  DOCMILL_TRY(store->jobs, embedded::SqliteJobStore::create(*store->database, clock));
  DOCMILL_TRY(store->frontier, embedded::SqliteFrontier::create(*store->database, clock));
  DOCMILL_TRY(store->keys, embedded::SqliteKeyStore::create(*store->database, clock));
  DOCMILL_TRY(store->cache, embedded::SqliteCache::create(*store->cache_database, {}));
  return store;
}

}  // namespace docmill::app
