// SPDX-License-Identifier: Apache-2.0
// The processor over the embedded adapters, with a parser and an embedder that the test scripts.
#include "processor/job_runner.h"

#include <gtest/gtest.h>

#include <functional>

#include "adapters/embedded/database.h"
#include "adapters/embedded/local_blob_store.h"
#include "adapters/embedded/sqlite_catalog.h"
#include "adapters/embedded/sqlite_job_store.h"
#include "adapters/embedded/sqlite_queue.h"
#include "adapters/embedded/sqlite_vector_store.h"
#include "async/runtime.h"
#include "document/builder.h"
#include "support/temp_dir.h"

namespace docmill::processor {
namespace {

using namespace std::chrono_literals;

// A vector of eight floats from the text's hash; refuses the first `refusals` calls.
class HashEmbedder final : public Embedder {
 public:
  const ModelIdentity& identity() const override { return identity_; }
  int tokens_max() const override { return 256; }
  Task<EmbeddingBatch> embed(Context, std::vector<std::string> texts) override {
    if (refusals > 0) {
      --refusals;
      co_return fail(ErrorCode::kRateLimited, "full");
    }
    EmbeddingBatch batch;
    for (const std::string& text : texts) {
      Hash hash = sha256(text);
      std::vector<float> vector;
      for (int i = 0; i < 8; ++i)
        vector.push_back(1.0F + static_cast<float>(hash.bytes[static_cast<std::size_t>(i)]));
      batch.vectors.push_back(std::move(vector));
    }
    co_return batch;
  }
  int refusals = 0;

 private:
  ModelIdentity identity_{"hash", "1", 8};
};

std::vector<document::TextRange> bytes_as_tokens(std::string_view text) {
  std::vector<document::TextRange> ranges;
  for (std::uint32_t i = 0; i < text.size(); ++i) ranges.push_back({i, i + 1});
  return ranges;
}

class JobRunnerTest : public ::testing::Test {
 protected:
  JobRunnerTest() {
    settings_.chunking = {.tokens_target = 40, .tokens_max = 60, .prefix_tokens_max = 10};
    settings_.attempts_max = 2;
    settings_.retry_base = 1ms;
    services_ = std::make_unique<Services>(
        Services{*blobs_, *catalog_, *jobs_, *queue_, *vectors_, embedder_,
                 [this](Context context, document::ExtractRequest, std::string bytes) {
                   return parse(std::move(context), std::move(bytes));
                 },
                 bytes_as_tokens, "full", runtime_.blocking(), metrics_, clock_});
  }

  Task<document::Document> parse(Context context, std::string bytes) {
    ++parses_;
    if (on_parse_) DOCMILL_CO_TRY_VOID(on_parse_(context));
    document::Builder builder("text/plain", "test/1", {});
    DOCMILL_CO_TRY_VOID(builder.add_block({}, bytes));
    co_return builder.finish();
  }

  RecordedVersion record(const std::string& text, bool reprocess = false) {
    Context context = Context::background();
    Hash content = sha256(text);
    EXPECT_TRUE(runtime_.run(blobs_->put(context, content_key(content), text)));
    NewVersion version{
        .uri = "u", .content = content, .size_bytes = text.size(), .reprocess = reprocess};
    return runtime_.run(catalog_->record(context, version)).value();
  }

  RunOutcome run(const DocumentId& document, Context context = Context::background()) {
    JobRunner runner(*services_, settings_, "test");
    return runtime_.run(runner.run(context, document, "")).value();
  }

  DocumentRecord get(const DocumentId& document) {
    return runtime_.run(catalog_->get(Context::background(), document)).value();
  }

  std::size_t vectors_of(const DocumentId& document, std::int64_t revision) {
    return runtime_
        .run(vectors_->get_document(Context::background(), "default", document, revision))
        .value()
        .size();
  }

  docmill::testing::TempDir folder_;
  ManualClock clock_;
  Runtime runtime_{{}};
  Metrics metrics_{processor_metrics()};
  std::unique_ptr<embedded::Database> database_ =
      embedded::Database::open({.path = folder_.file("docmill.db")}).value();
  std::unique_ptr<BlobStore> blobs_ =
      embedded::LocalBlobStore::create({.folder = folder_.file("blobs")}, runtime_.blocking())
          .value();
  std::unique_ptr<Queue> queue_ = embedded::SqliteQueue::create(*database_, clock_).value();
  std::unique_ptr<Catalog> catalog_ = embedded::SqliteCatalog::create(*database_, clock_).value();
  std::unique_ptr<JobStore> jobs_ = embedded::SqliteJobStore::create(*database_, clock_).value();
  std::unique_ptr<VectorStore> vectors_ = embedded::SqliteVectorStore::open(*database_).value();
  HashEmbedder embedder_;
  Settings settings_;
  std::unique_ptr<Services> services_;
  std::function<Status(Context)> on_parse_;
  int parses_ = 0;
};

TEST_F(JobRunnerTest, TakesADocumentToDoneWithItsVectors) {
  auto recorded = record("Some words that fill a chunk. More words that fill another chunk here.");
  EXPECT_EQ(run(recorded.document), RunOutcome::kDone);
  DocumentRecord done = get(recorded.document);
  EXPECT_EQ(done.state, DocumentState::kDone);
  EXPECT_EQ(done.current_revision, recorded.revision);
  EXPECT_GT(done.chunks, 1);
  EXPECT_EQ(vectors_of(recorded.document, recorded.revision),
            static_cast<std::size_t>(done.chunks));
  EXPECT_EQ(run(recorded.document), RunOutcome::kNothingToDo);
}

TEST_F(JobRunnerTest, FindsArtefactsInsteadOfWorkingAgain) {
  auto first = record("The same bytes.");
  run(first.document);
  auto again = record("The same bytes.", true);
  EXPECT_EQ(again.revision, first.revision + 1);
  EXPECT_EQ(run(first.document), RunOutcome::kDone);
  EXPECT_EQ(parses_, 1);
}

TEST_F(JobRunnerTest, BuriesWhatNeverHealsAtOnce) {
  on_parse_ = [](Context) {
    return Status(fail(ErrorCode::kDeadlineExceeded, "too slow", "limit_wall_time"));
  };
  auto recorded = record("A bomb.");
  EXPECT_EQ(run(recorded.document), RunOutcome::kDead);
  DocumentRecord dead = get(recorded.document);
  ASSERT_TRUE(dead.failure);
  EXPECT_EQ(dead.failure->reason, "limit_wall_time");
  EXPECT_EQ(dead.failure->stage, Stage::kExtract);
  EXPECT_EQ(dead.failure->attempt, 1);
}

TEST_F(JobRunnerTest, TriesAgainAndGivesUpAfterTheLastAttempt) {
  on_parse_ = [](Context) { return Status(fail(ErrorCode::kUnavailable, "away")); };
  auto recorded = record("Text.");
  EXPECT_EQ(run(recorded.document), RunOutcome::kWillRetry);
  EXPECT_EQ(get(recorded.document).attempt, 1);
  clock_.advance(1h);
  EXPECT_EQ(run(recorded.document), RunOutcome::kDead);
  EXPECT_EQ(get(recorded.document).failure->reason, "unavailable");
}

TEST_F(JobRunnerTest, AFullDiskIsWaitedForHoweverLong) {
  bool full = true;
  on_parse_ = [&full](Context) {
    return full ? Status(fail(ErrorCode::kUnavailable, "no space", "disk_full")) : Status();
  };
  auto recorded = record("Text.");
  for (int i = 0; i < settings_.attempts_max + 2; ++i) {
    EXPECT_EQ(run(recorded.document), RunOutcome::kWillRetry);
    EXPECT_EQ(get(recorded.document).failure->reason, "disk_full");
    clock_.advance(1h);
  }
  full = false;
  EXPECT_EQ(run(recorded.document), RunOutcome::kDone);
}

TEST_F(JobRunnerTest, AFullEmbedderIsWaitedForAndNoFailure) {
  embedder_.refusals = 3;
  auto recorded = record("Text.");
  EXPECT_EQ(run(recorded.document), RunOutcome::kDone);
  EXPECT_EQ(get(recorded.document).attempt, 0);
}

TEST_F(JobRunnerTest, AWorkerWhoseDocumentChangedWritesNothing) {
  auto old = record("Old text.");
  std::string next = "New text.";
  Hash content = sha256(next);
  Context context = Context::background();
  ASSERT_TRUE(runtime_.run(blobs_->put(context, content_key(content), next)));
  JobLease lease =
      *runtime_
           .run(jobs_->lease(context,
                             {.document = old.document, .worker = "slow", .settings_key = "s"}))
           .value();
  auto changed = record(next);
  EXPECT_EQ(changed.revision, old.revision + 1);
  auto finished = runtime_.run(jobs_->finish(context, lease, {.chunks = 1}));
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, ErrorCode::kConflict);
  EXPECT_EQ(run(old.document), RunOutcome::kDone);
  EXPECT_EQ(get(old.document).version.content, content);
}

TEST_F(JobRunnerTest, ANewRevisionRetiresTheOldOne) {
  auto first = record("First text.");
  run(first.document);
  auto second = record("Second text.");
  EXPECT_EQ(run(first.document), RunOutcome::kDone);
  auto retired = runtime_.run(catalog_->retired(Context::background(), 10)).value();
  ASSERT_EQ(retired.size(), 1u);
  EXPECT_EQ(retired[0].revision_max, first.revision);
  EXPECT_EQ(vectors_of(first.document, first.revision), 1u);
  EXPECT_EQ(vectors_of(first.document, second.revision), 1u);
}

TEST_F(JobRunnerTest, ErasingRemovesVectorsAndRow) {
  auto recorded = record("Text.");
  run(recorded.document);
  ASSERT_TRUE(runtime_.run(catalog_->erase(Context::background(), recorded.document)));
  EXPECT_EQ(run(recorded.document), RunOutcome::kErased);
  EXPECT_EQ(vectors_of(recorded.document, recorded.revision), 0u);
  EXPECT_FALSE(runtime_.run(catalog_->get(Context::background(), recorded.document)));
}

TEST_F(JobRunnerTest, AStoppedRunGivesTheDocumentBackUncounted) {
  Context context = Context::background();
  on_parse_ = [context](Context) {
    context.cancel();
    return Status(fail(ErrorCode::kCancelled, "stopping"));
  };
  auto recorded = record("Text.");
  EXPECT_EQ(run(recorded.document, context), RunOutcome::kReleased);
  DocumentRecord waiting = get(recorded.document);
  EXPECT_EQ(waiting.state, DocumentState::kWaiting);
  EXPECT_EQ(waiting.attempt, 0);
  EXPECT_FALSE(waiting.failure);
}

}  // namespace
}  // namespace docmill::processor
