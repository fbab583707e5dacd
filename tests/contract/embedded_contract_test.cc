// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_catalog.h"
#include "adapters/embedded/sqlite_job_store.h"
#include "adapters/embedded/sqlite_queue.h"
#include "contract/job_store_contract.h"
#include "support/temp_dir.h"

namespace docmill::contract {
namespace {

struct EmbeddedHarness {
  EmbeddedHarness()
      : database(std::move(*embedded::Database::open({.path = dir.file("docmill.db")}))),
        catalog_store(std::move(*embedded::SqliteCatalog::create(*database, manual))),
        job_store(std::move(*embedded::SqliteJobStore::create(*database, manual))),
        message_queue(std::move(*embedded::SqliteQueue::create(*database, manual))) {}

  Catalog& catalog() { return *catalog_store; }
  JobStore& jobs() { return *job_store; }
  Queue& queue() { return *message_queue; }
  ManualClock& clock() { return manual; }

  testing::TempDir dir;
  ManualClock manual;
  std::unique_ptr<embedded::Database> database;
  std::unique_ptr<embedded::SqliteCatalog> catalog_store;
  std::unique_ptr<embedded::SqliteJobStore> job_store;
  std::unique_ptr<embedded::SqliteQueue> message_queue;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, JobStoreContract, EmbeddedHarness);

}  // namespace
}  // namespace docmill::contract
