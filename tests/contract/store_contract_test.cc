// SPDX-License-Identifier: Apache-2.0
#include "adapters/decorate/fault_blob_store.h"
#include "adapters/decorate/fault_cache.h"
#include "adapters/decorate/fault_key_store.h"
#include "adapters/embedded/local_blob_store.h"
#include "adapters/embedded/sqlite_cache.h"
#include "adapters/embedded/sqlite_key_store.h"
#include "contract/blob_store_contract.h"
#include "contract/cache_contract.h"
#include "contract/key_store_contract.h"
#include "support/temp_dir.h"

namespace docmill::contract {
namespace {

struct LocalBlobs {
  explicit LocalBlobs(Runtime& runtime)
      : store(std::move(*embedded::LocalBlobStore::create({.folder = dir.path() / "blobs"},
                                                          runtime.blocking()))) {}
  testing::TempDir dir;
  std::unique_ptr<embedded::LocalBlobStore> store;
};

std::shared_ptr<BlobStore> local_blob_store(Runtime& runtime, const Clock&) {
  auto made = std::make_shared<LocalBlobs>(runtime);
  return {made, made->store.get()};
}

// A database in a fresh folder, with the store that works on it.
template <typename Store>
struct WithDatabase {
  testing::TempDir dir;
  std::unique_ptr<embedded::Database> database =
      std::move(*embedded::Database::open({.path = dir.file("docmill.db"), .durable = false}));
  std::unique_ptr<Store> store;
};

std::shared_ptr<Cache> sqlite_cache(Runtime&, const Clock&) {
  auto made = std::make_shared<WithDatabase<embedded::SqliteCache>>();
  made->store = std::move(*embedded::SqliteCache::create(*made->database, {}));
  return {made, made->store.get()};
}

std::shared_ptr<KeyStore> sqlite_key_store(Runtime&, const Clock& clock) {
  auto made = std::make_shared<WithDatabase<embedded::SqliteKeyStore>>();
  made->store = std::move(*embedded::SqliteKeyStore::create(*made->database, clock));
  return {made, made->store.get()};
}

INSTANTIATE_TEST_SUITE_P(Adapters, BlobStoreContract,
                         (with_and_without_decorator<FaultBlobStore, BlobStore>("LocalBlobStore",
                                                                                local_blob_store)),
                         case_name<BlobStore>);
INSTANTIATE_TEST_SUITE_P(Adapters, CacheContract,
                         (with_and_without_decorator<FaultCache, Cache>("SqliteCache",
                                                                        sqlite_cache)),
                         case_name<Cache>);
INSTANTIATE_TEST_SUITE_P(Adapters, KeyStoreContract,
                         (with_and_without_decorator<FaultKeyStore, KeyStore>("SqliteKeyStore",
                                                                              sqlite_key_store)),
                         case_name<KeyStore>);

}  // namespace
}  // namespace docmill::contract
