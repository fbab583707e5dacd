// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "async/runtime.h"
#include "ports/catalog.h"
#include "ports/job_store.h"
#include "ports/queue.h"

namespace docmill::contract {

// Catalog, jobs and queue that share a database: what must hold for a document from its recording
// to its erasure. A Harness has `catalog()`, `jobs()`, `queue()` and `clock()`.
template <typename Harness>
class JobStoreContract : public ::testing::Test {
 protected:
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
  RecordedVersion record(std::string bytes, bool reprocess = false) {
    return run(harness_.catalog().record(none_, {.uri = "file:///a",
                                                 .content = sha256(bytes),
                                                 .size_bytes = bytes.size(),
                                                 .reprocess = reprocess}));
  }
  std::optional<JobLease> lease(const DocumentId& document, std::string settings = "s1") {
    return run(harness_.jobs().lease(none_, {document, "worker", Milliseconds(1000), settings}));
  }
  std::size_t messages() {
    return run(harness_.queue().receive(none_, {.messages_max = 10})).size();
  }
  DocumentRecord get(const DocumentId& document) {
    return run(harness_.catalog().get(none_, document));
  }

  Context none_ = Context::background();
  Runtime runtime_{{.io_threads = 2}};
  Harness harness_;
};
TYPED_TEST_SUITE_P(JobStoreContract);

TYPED_TEST_P(JobStoreContract, RecordedDocumentWaitsWithOneMessage) {
  RecordedVersion first = this->record("one");
  EXPECT_EQ(first.revision, 1);
  EXPECT_EQ(this->get(first.document).state, DocumentState::kWaiting);
  RecordedVersion again = this->record("one");
  EXPECT_TRUE(again.unchanged);
  EXPECT_EQ(this->messages(), 1u);
}

TYPED_TEST_P(JobStoreContract, FinishedRevisionIsVisibleAndOlderOnesRetire) {
  DocumentId id = this->record("one").document;
  this->run(this->harness_.jobs().finish(this->none_, *this->lease(id), {.chunks = 3}));
  EXPECT_EQ(this->record("two").revision, 2);
  auto visible = this->run(this->harness_.catalog().current_revisions(this->none_, {id, "other"}));
  EXPECT_EQ(visible.size(), 1u);
  EXPECT_EQ(visible[id], 1);
  this->run(this->harness_.jobs().finish(this->none_, *this->lease(id),
                                         {.chunks = 4, .missing = {"ocr"}}));
  DocumentRecord record = this->get(id);
  EXPECT_EQ(record.state, DocumentState::kPartial);
  EXPECT_EQ(record.current_revision, 2);
  EXPECT_EQ(record.missing, std::vector<std::string>{"ocr"});
  auto retired = this->run(this->harness_.catalog().retired(this->none_, 10));
  ASSERT_EQ(retired.size(), 1u);
  EXPECT_EQ(retired[0].revision_max, 1);
  this->run(this->harness_.catalog().forget_retired(this->none_, retired));
  EXPECT_TRUE(this->run(this->harness_.catalog().retired(this->none_, 10)).empty());
  CatalogCounts counts = this->run(this->harness_.catalog().count(this->none_, "default"));
  EXPECT_EQ(counts.partial, 1);
  EXPECT_EQ(counts.chunks, 4);
  EXPECT_EQ(counts.blobs_bytes, 3u);
}

TYPED_TEST_P(JobStoreContract, LeaseExcludesOthersAndExpires) {
  DocumentId id = this->record("one").document;
  auto first = this->lease(id);
  ASSERT_TRUE(first);
  EXPECT_FALSE(this->lease(id));
  this->harness_.clock().advance(Milliseconds(1001));
  auto second = this->lease(id);
  ASSERT_TRUE(second);
  EXPECT_GT(second->token, first->token);
  EXPECT_EQ(this->error(this->harness_.jobs().advance(this->none_, *first, {})),
            ErrorCode::kConflict);
  this->run(this->harness_.jobs().extend(this->none_, *second, Milliseconds(5000)));
  this->harness_.clock().advance(Milliseconds(2000));
  EXPECT_FALSE(this->lease(id));
}

TYPED_TEST_P(JobStoreContract, ChangedBytesTakeTheWorkFromARunningWorker) {
  DocumentId id = this->record("one").document;
  auto stale = this->lease(id);
  EXPECT_EQ(this->record("two").revision, 2);
  EXPECT_EQ(this->error(this->harness_.jobs().finish(this->none_, *stale, {})),
            ErrorCode::kConflict);
  EXPECT_TRUE(this->lease(id));
}

TYPED_TEST_P(JobStoreContract, OtherSettingsStartANewRevision) {
  DocumentId id = this->record("one").document;
  auto first = this->lease(id);
  this->run(this->harness_.jobs().advance(this->none_, *first,
                                          {.next = Stage::kEmbed, .title = "Title"}));
  this->run(this->harness_.jobs().retry(this->none_, *first, {}));
  auto same = this->lease(id);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->record.stage, Stage::kEmbed);
  EXPECT_EQ(same->record.title, "Title");
  this->run(this->harness_.jobs().retry(this->none_, *same, {.counts = false}));
  auto other = this->lease(id, "s2");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->record.revision, 2);
  EXPECT_EQ(other->record.stage, Stage::kExtract);
}

TYPED_TEST_P(JobStoreContract, RetryWaitsAndBuriedDocumentsAreRedriven) {
  DocumentId id = this->record("one").document;
  this->run(
      this->harness_.jobs().retry(this->none_, *this->lease(id),
                                  {.failure = {.reason = "timeout"}, .delay = Milliseconds(500)}));
  EXPECT_FALSE(this->lease(id));
  EXPECT_EQ(this->get(id).attempt, 1);
  EXPECT_EQ(this->get(id).failure->reason, "timeout");
  this->harness_.clock().advance(Milliseconds(500));
  this->run(this->harness_.jobs().bury(this->none_, *this->lease(id), {.reason = "bad"}));
  EXPECT_EQ(this->get(id).state, DocumentState::kDead);
  EXPECT_FALSE(this->lease(id));
  EXPECT_EQ(this->run(this->harness_.jobs().redrive(this->none_, {}, "default")), 1);
  auto lease = this->lease(id);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->record.attempt, 0);
}

TYPED_TEST_P(JobStoreContract, SweepTakesBackAndSendsAgain) {
  DocumentId id = this->record("one").document;
  auto delivered = this->run(this->harness_.queue().receive(this->none_, {.messages_max = 10}));
  ASSERT_EQ(delivered.size(), 1u);
  this->run(this->harness_.queue().ack(this->none_, delivered[0].receipt));
  this->harness_.clock().advance(Milliseconds(60'000));
  EXPECT_EQ(this->run(this->harness_.jobs().sweep(this->none_, Milliseconds(30'000))).resent, 1);
  EXPECT_EQ(this->run(this->harness_.jobs().sweep(this->none_, Milliseconds(30'000))).resent, 0);
  auto lost = this->lease(id);
  this->harness_.clock().advance(Milliseconds(1001));
  EXPECT_EQ(this->run(this->harness_.jobs().sweep(this->none_, Milliseconds(30'000))).expired, 1);
  EXPECT_EQ(this->error(this->harness_.jobs().extend(this->none_, *lost, Milliseconds(1))),
            ErrorCode::kConflict);
}

TYPED_TEST_P(JobStoreContract, ErasedDocumentIsHiddenAtOnceAndNeverReusesRevisions) {
  DocumentId id = this->record("one").document;
  auto before = *this->lease(id);
  this->run(this->harness_.jobs().finish(this->none_, before, {.chunks = 1}));
  this->run(this->harness_.catalog().erase(this->none_, id));
  EXPECT_EQ(this->error(this->harness_.catalog().get(this->none_, id)), ErrorCode::kNotFound);
  EXPECT_TRUE(this->run(this->harness_.catalog().current_revisions(this->none_, {id})).empty());
  auto erasing = this->lease(id);
  ASSERT_TRUE(erasing);
  EXPECT_EQ(erasing->record.stage, Stage::kErase);
  this->run(this->harness_.jobs().finish(this->none_, *erasing, {}));
  EXPECT_FALSE(this->lease(id));
  EXPECT_EQ(this->record("one").revision, 2);
  EXPECT_GT(this->lease(id)->token, erasing->token);
}

TYPED_TEST_P(JobStoreContract, ListPagesByIdAndFilters) {
  for (int i = 0; i < 5; ++i)
    this->run(this->harness_.catalog().record(
        this->none_, {.uri = "file:///" + std::to_string(i), .content = sha256("x")}));
  auto first = this->run(this->harness_.catalog().list(this->none_, {.limit = 3}));
  ASSERT_EQ(first.documents.size(), 3u);
  auto rest =
      this->run(this->harness_.catalog().list(this->none_, {.after = first.next, .limit = 3}));
  EXPECT_EQ(rest.documents.size(), 2u);
  EXPECT_TRUE(rest.next.empty());
  auto some = this->run(this->harness_.catalog().list(
      this->none_,
      {.collection = "default", .state = DocumentState::kWaiting, .uri_prefix = "file:///4"}));
  EXPECT_EQ(some.documents.size(), 1u);
}

REGISTER_TYPED_TEST_SUITE_P(JobStoreContract, RecordedDocumentWaitsWithOneMessage,
                            FinishedRevisionIsVisibleAndOlderOnesRetire,
                            LeaseExcludesOthersAndExpires,
                            ChangedBytesTakeTheWorkFromARunningWorker,
                            OtherSettingsStartANewRevision, RetryWaitsAndBuriedDocumentsAreRedriven,
                            SweepTakesBackAndSendsAgain,
                            ErasedDocumentIsHiddenAtOnceAndNeverReusesRevisions,
                            ListPagesByIdAndFilters);

}  // namespace docmill::contract
