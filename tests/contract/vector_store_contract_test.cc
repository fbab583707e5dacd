// SPDX-License-Identifier: Apache-2.0
#include "contract/vector_store_contract.h"

#include "adapters/embedded/database.h"
#include "adapters/embedded/sqlite_vector_store.h"
#include "support/temp_dir.h"

namespace docmill::contract {
namespace {

struct SqliteVectors {
  testing::TempDir dir;
  std::unique_ptr<embedded::Database> database =
      std::move(*embedded::Database::open({.path = dir.file("docmill.db"), .durable = false}));
  std::unique_ptr<embedded::SqliteVectorStore> store =
      std::move(*embedded::SqliteVectorStore::open(*database));
};

std::shared_ptr<VectorStore> sqlite_vector_store(Runtime&, const Clock&) {
  auto made = std::make_shared<SqliteVectors>();
  return {made, made->store.get()};
}

INSTANTIATE_TEST_SUITE_P(Adapters, VectorStoreContract,
                         (with_and_without_decorator<FaultVectorStore, VectorStore>(
                             "SqliteVectorStore", sqlite_vector_store)),
                         case_name<VectorStore>);

}  // namespace
}  // namespace docmill::contract
