// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <set>

#include "adapters/embedded/local_blob_store.h"
#include "adapters/embedded/sqlite_cache.h"
#include "adapters/embedded/sqlite_frontier.h"
#include "adapters/embedded/sqlite_key_store.h"
#include "adapters/embedded/sqlite_queue.h"
#include "async/runtime.h"
#include "async/task_group.h"
#include "support/temp_dir.h"

namespace docmill::embedded {
namespace {

class StoresTest : public ::testing::Test {
 protected:
  StoresTest() : database_(std::move(*Database::open({.path = dir_.file("docmill.db")}))) {}

  template <typename T>
  T run(Task<T> task) {
    Result<T> result = runtime_.run(std::move(task));
    if (!result) ADD_FAILURE() << result.error().message;
    if constexpr (!std::is_void_v<T>) return result ? std::move(*result) : T();
  }
  template <typename T>
  ErrorCode error(Task<T> task) {
    Result<T> result = runtime_.run(std::move(task));
    EXPECT_FALSE(result);
    return result ? ErrorCode::kInternal : result.error().code;
  }

  testing::TempDir dir_;
  ManualClock clock_;
  Context none_ = Context::background();
  Runtime runtime_{{.io_threads = 2}};
  std::unique_ptr<Database> database_;
};

class BlobStoreTest : public StoresTest {
 protected:
  BlobStoreTest()
      : blobs_(std::move(
            *LocalBlobStore::create({.folder = dir_.path() / "blobs"}, runtime_.blocking()))) {}
  std::unique_ptr<LocalBlobStore> blobs_;
};

TEST_F(BlobStoreTest, PutIsReadBackAndListed) {
  TaskGroup group(runtime_.executor(), none_);
  for (int i = 0; i < 100; ++i)
    group.spawn("put", blobs_->put(none_, "a/" + std::to_string(100 + i), std::to_string(i)));
  run(group.join());
  EXPECT_EQ(run(blobs_->get(none_, "a/142", 100)), "42");
  EXPECT_EQ(error(blobs_->get(none_, "a/142", 1)), ErrorCode::kTooLarge);
  EXPECT_EQ(error(blobs_->get(none_, "a/none", 1)), ErrorCode::kNotFound);
  EXPECT_EQ(error(blobs_->put(none_, "../x", "")), ErrorCode::kInvalidArgument);
  BlobPage page = run(blobs_->list(none_, "a/", "a/190", 5));
  ASSERT_EQ(page.blobs.size(), 5u);
  EXPECT_EQ(page.blobs[0].key, "a/191");
  EXPECT_EQ(run(blobs_->list(none_, "a/", page.next, 5)).next, "");
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path() / "blobs" / ".tmp"));
}

TEST_F(BlobStoreTest, WriterShowsNothingBeforeCommitAndLeavesNothingWithout) {
  auto writer = run(blobs_->create_writer(none_));
  run(writer->write(none_, "ab"));
  run(writer->write(none_, "cd"));
  EXPECT_TRUE(run(blobs_->list(none_, "", "", 10)).blobs.empty());
  EXPECT_EQ(run(writer->commit(none_, "x")).size_bytes, 4u);
  EXPECT_EQ(run(blobs_->get(none_, "x", 4)), "abcd");
  writer = run(blobs_->create_writer(none_));
  run(writer->write(none_, "lost"));
  writer.reset();
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path() / "blobs" / ".tmp"));
  run(blobs_->remove(none_, "x"));
  run(blobs_->remove(none_, "x"));
  EXPECT_EQ(error(blobs_->stat(none_, "x")), ErrorCode::kNotFound);
}

class QueueTest : public StoresTest {
 protected:
  QueueTest() : queue_(std::move(*SqliteQueue::create(*database_, clock_))) {}

  Task<void> drain(std::multiset<std::string>& seen, std::mutex& mutex) {
    while (true) {
      DOCMILL_CO_TRY(auto deliveries, co_await queue_->receive(none_, {.messages_max = 3}));
      if (deliveries.empty()) co_return Status();
      for (Delivery& delivery : deliveries) {
        DOCMILL_CO_TRY_VOID(co_await queue_->ack(none_, delivery.receipt));
        std::scoped_lock lock(mutex);
        seen.insert(delivery.body);
      }
    }
  }
  std::unique_ptr<SqliteQueue> queue_;
};

TEST_F(QueueTest, ManyReceiversGetEachMessageOnce) {
  for (int i = 0; i < 100; ++i) run(queue_->send(none_, std::to_string(i), Milliseconds(0)));
  std::multiset<std::string> seen;
  std::mutex mutex;
  TaskGroup group(runtime_.executor(), none_);
  for (int i = 0; i < 8; ++i) group.spawn("drain", drain(seen, mutex));
  run(group.join());
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 100u);
}

TEST_F(QueueTest, TimedOutDeliveryComesAgainAndItsReceiptIsSpent) {
  run(queue_->send(none_, "m", Milliseconds(100)));
  EXPECT_TRUE(run(queue_->receive(none_, {})).empty());
  EXPECT_EQ(run(queue_->depth(none_)).delayed, 1);
  clock_.advance(Milliseconds(100));
  auto first = run(queue_->receive(none_, {.visibility = Milliseconds(1000)}));
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(run(queue_->depth(none_)).in_flight, 1);
  clock_.advance(Milliseconds(1000));
  EXPECT_EQ(error(queue_->ack(none_, first[0].receipt)), ErrorCode::kConflict);
  auto second = run(queue_->receive(none_, {}));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].receive_count, 2);
  run(queue_->release(none_, second[0].receipt, Milliseconds(0)));
  EXPECT_EQ(error(queue_->extend(none_, second[0].receipt, Milliseconds(1))), ErrorCode::kConflict);
  EXPECT_EQ(run(queue_->depth(none_)).ready, 1);
}

TEST_F(QueueTest, SendWakesAWaitingReceiver) {
  std::multiset<std::string> seen;
  TaskGroup group(runtime_.executor(), none_);
  group.spawn("send", queue_->send(none_, "m", Milliseconds(0)));
  EXPECT_EQ(run(queue_->receive(none_, {.wait = Milliseconds(20'000)})).size(), 1u);
  run(group.join());
}

class FrontierTest : public StoresTest {
 protected:
  FrontierTest() : frontier_(std::move(*SqliteFrontier::create(*database_, clock_))) {}

  CrawlLink link(const std::string& name) { return {"http://h/" + name, "http://h/" + name, "h"}; }
  CrawlId open(int depth_max, int pages_max) {
    return run(frontier_->open(
                   none_,
                   {.plan = {.seeds = {link("")}, .depth_max = depth_max, .pages_max = pages_max},
                    .worker = "w"}))
        .id;
  }
  EntryLease lease(const CrawlId& crawl) {
    return run(frontier_->lease(
        none_, {.crawl = crawl, .worker = "w", .entries_max = 100, .per_host_max = 100}));
  }
  std::unique_ptr<SqliteFrontier> frontier_;
};

TEST_F(FrontierTest, CompletionRecordsDocumentAndLinksOnceAndKeepsTheLimits) {
  CrawlId crawl = open(1, 3);
  EntryLease seeds = lease(crawl);
  ASSERT_EQ(seeds.entries.size(), 1u);
  EntryOutcome outcome{.status = 200, .links = {link("a"), link("b"), link("a"), link("c")}};
  outcome.version = NewVersion{.uri = "http://h/", .content = sha256("x")};
  auto completed = run(frontier_->complete(none_, seeds.entries[0], outcome));
  EXPECT_EQ(completed.links_new, 3);
  EXPECT_EQ(completed.recorded->revision, 1);
  EXPECT_EQ(error(frontier_->complete(none_, seeds.entries[0], outcome)), ErrorCode::kConflict);
  EntryLease pages = lease(crawl);
  ASSERT_EQ(pages.entries.size(), 2u);  // with the seed three
  EXPECT_TRUE(lease(crawl).entries.empty());
  run(frontier_->complete(none_, pages.entries[0], {.status = 200, .links = {link("deep")}}));
  EXPECT_EQ(run(frontier_->why(none_, "http://h/deep"))[0].reason, "depth");
  // A fetch that fails gives its place back.
  run(frontier_->complete(none_, pages.entries[1],
                          {.state = EntryState::kFailed, .status = 404, .reason = "http_404"}));
  EntryLease last = lease(crawl);
  ASSERT_EQ(last.entries.size(), 1u);
  run(frontier_->complete(none_, last.entries[0], {.status = 200}));
  Crawl over = run(frontier_->crawls(none_, crawl))[0];
  EXPECT_EQ(over.state, CrawlState::kDone);
  EXPECT_EQ(over.counters.done, 3);
  EXPECT_EQ(over.counters.stored, 1);
  EXPECT_EQ(over.counters.discovered, 5);
  EXPECT_TRUE(lease(crawl).finished);
}

TEST_F(FrontierTest, LeasesComeBackByTimeAndByReopening) {
  CrawlId crawl = open(1, 10);
  auto lost = lease(crawl).entries;
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_TRUE(lease(crawl).entries.empty());
  run(frontier_->open(none_, {.resume = crawl, .worker = "w"}));
  auto again = lease(crawl).entries;
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(error(frontier_->complete(none_, lost[0], {})), ErrorCode::kConflict);
  clock_.advance(Milliseconds(120'000));
  auto third = lease(crawl).entries;
  ASSERT_EQ(third.size(), 1u);
  run(frontier_->retry(none_, third[0], {clock_.now() + Milliseconds(50), 503, "http_503"}));
  EntryLease none = lease(crawl);
  EXPECT_TRUE(none.entries.empty());
  EXPECT_FALSE(none.finished);
  EXPECT_EQ(none.next_at, clock_.now() + Milliseconds(50));
  clock_.advance(Milliseconds(50));
  EXPECT_EQ(lease(crawl).entries.at(0).attempts, 1);
}

TEST_F(StoresTest, KeysAreStoredAsHashesAndRevoked) {
  auto keys = std::move(*SqliteKeyStore::create(*database_, clock_));
  auto created = run(keys->create(none_, "ci"));
  auto text = parse_api_key(created.text);
  ASSERT_TRUE(text);
  auto found = run(keys->find(none_, text->id));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->secret_hash, sha256(text->secret));
  run(keys->revoke(none_, text->id));
  EXPECT_TRUE(run(keys->find(none_, text->id))->revoked_at);
  EXPECT_EQ(run(keys->count(none_)), 1);
  EXPECT_EQ(error(keys->revoke(none_, "none")), ErrorCode::kNotFound);
}

TEST_F(StoresTest, CacheAnswersInOrderAndForgetsTheOldest) {
  auto cache = std::move(*SqliteCache::create(*database_, {.size_bytes_max = 1000}));
  run(cache->put(none_, {{sha256("a"), "1"}, {sha256("b"), "2"}}));
  auto values = run(cache->get(none_, {sha256("b"), sha256("c"), sha256("a")}));
  EXPECT_EQ(values, (std::vector<std::optional<std::string>>{"2", std::nullopt, "1"}));
  run(cache->put(none_, {{sha256("large"), std::string(1000, 'x')}}));
  EXPECT_FALSE(run(cache->get(none_, {sha256("a")}))[0]);
}

}  // namespace
}  // namespace docmill::embedded
