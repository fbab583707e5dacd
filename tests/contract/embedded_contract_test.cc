// SPDX-License-Identifier: Apache-2.0
#include "adapters/decorate/fault_catalog.h"
#include "adapters/decorate/fault_frontier.h"
#include "adapters/decorate/fault_job_store.h"
#include "adapters/decorate/fault_queue.h"
#include "adapters/embedded/sqlite_catalog.h"
#include "adapters/embedded/sqlite_frontier.h"
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

// The same through decorators that inject nothing: they must change nothing.
struct DecoratedHarness : EmbeddedHarness {
  explicit DecoratedHarness(FaultPlan plan = FaultPlan())
      : fault_catalog(*catalog_store, plan),
        fault_jobs(*job_store, plan),
        fault_queue(*message_queue, plan) {}

  Catalog& catalog() { return fault_catalog; }
  JobStore& jobs() { return fault_jobs; }
  Queue& queue() { return fault_queue; }

  FaultCatalog fault_catalog;
  FaultJobStore fault_jobs;
  FaultQueue fault_queue;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Decorated, JobStoreContract, DecoratedHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, JobStoreContract, EmbeddedHarness);

// The first call takes effect and its answer is lost; what does the caller see who tries again?
class LostAnswerTest : public ::testing::Test {
 protected:
  template <typename T>
  void expect_lost(Task<T> task) {
    Result<T> result = runtime_.run(std::move(task));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason, "injected");
  }

  Context none_ = Context::background();
  Runtime runtime_{{}};
  EmbeddedHarness real_;
  FaultPlan first_{{.nth = 1, .moment = FaultMoment::kAfter}};
};

TEST_F(LostAnswerTest, RecordedAgainIsUnchangedAndQueuedOnce) {
  FaultCatalog catalog(real_.catalog(), first_);
  NewVersion version{.uri = "file:///a", .content = sha256("x")};
  expect_lost(catalog.record(none_, version));
  auto again = runtime_.run(catalog.record(none_, version));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->unchanged);
  EXPECT_EQ(runtime_.run(real_.queue().depth(none_))->ready, 1);
}

TEST_F(LostAnswerTest, FinishedAgainIsAConflictAndTheDocumentIsDone) {
  FaultJobStore jobs(real_.jobs(), first_);
  auto recorded =
      runtime_.run(real_.catalog().record(none_, {.uri = "file:///a", .content = sha256("x")}));
  auto lease = runtime_.run(real_.jobs().lease(none_, {recorded->document, "worker"}));
  expect_lost(jobs.finish(none_, **lease, {.chunks = 2}));
  auto again = runtime_.run(jobs.finish(none_, **lease, {.chunks = 2}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_EQ(runtime_.run(real_.catalog().get(none_, recorded->document))->state,
            DocumentState::kDone);
}

TEST_F(LostAnswerTest, LeasedAgainWaitsForTheLostLeaseToExpire) {
  FaultJobStore jobs(real_.jobs(), first_);
  auto recorded =
      runtime_.run(real_.catalog().record(none_, {.uri = "file:///a", .content = sha256("x")}));
  LeaseRequest request{recorded->document, "worker", Milliseconds(1000)};
  expect_lost(jobs.lease(none_, request));
  EXPECT_FALSE(runtime_.run(jobs.lease(none_, request))->has_value());
  real_.clock().advance(Milliseconds(1000));
  EXPECT_TRUE(runtime_.run(jobs.lease(none_, request))->has_value());
}

TEST_F(LostAnswerTest, SentAgainIsDeliveredTwice) {
  FaultQueue queue(real_.queue(), first_);
  expect_lost(queue.send(none_, "m", Milliseconds(0)));
  ASSERT_TRUE(runtime_.run(queue.send(none_, "m", Milliseconds(0))));
  EXPECT_EQ(runtime_.run(queue.depth(none_))->ready, 2);
}

TEST_F(LostAnswerTest, CompletedAgainIsAConflictAndThePageIsKept) {
  auto frontier = std::move(*embedded::SqliteFrontier::create(*real_.database, real_.manual));
  FaultFrontier faulty(*frontier, first_);
  auto crawl =
      runtime_.run(frontier->open(none_, {.plan = {.seeds = {{"http://h/", "http://h/", "h"}}}}));
  auto lease = runtime_.run(frontier->lease(none_, {.crawl = crawl->id, .worker = "w"}));
  expect_lost(faulty.complete(none_, lease->entries.at(0), {.status = 200}));
  auto again = runtime_.run(faulty.complete(none_, lease->entries.at(0), {.status = 200}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_EQ(runtime_.run(frontier->crawls(none_, crawl->id))->at(0).counters.done, 1);
}

}  // namespace
}  // namespace docmill::contract
