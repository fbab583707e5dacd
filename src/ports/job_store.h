// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "async/context.h"
#include "async/task.h"
#include "ports/document_record.h"

namespace docmill {

// The right to work on one document's newest revision until `until`. `token` grows with every lease
// of the document; each write names it, and a write with an old token changes nothing.
struct JobLease {
  DocumentRecord record;
  std::uint64_t token = 0;
  WallTime until{};
};

struct LeaseRequest {
  DocumentId document;
  std::string worker;  // host and process, for people
  Milliseconds duration{30'000};
  std::string settings_key;  // when it differs from the record's, the revision grows and restarts
};

// What a finished stage adds to the record; absent fields stay.
struct StageResult {
  Stage next = Stage::kChunk;
  std::optional<std::string> media_type, title, language, model_key, chunks_key, sandbox;
};

struct JobResult {
  std::int64_t chunks = 0;
  std::vector<std::string> missing;  // not empty: the document is partial
};

struct RetryPlan {
  Failure failure;  // without a reason it is not noted
  Milliseconds delay{0};
  bool counts = true;  // false: given back (shutdown, no disk space), not a failed attempt
};

struct SweepReport {
  int expired = 0;  // leases of dead workers taken back
  int resent = 0;   // documents that waited without a message
};

// Jobs of documents: leases with fencing tokens over the catalog's state.
//
//   waiting ──lease──> running ──finish──> done | partial
//      ^                  │ ──bury──> dead ── redrive ──> waiting
//      └──retry───────────┘
//
// Every write is one transaction and durable when it returns. A write whose token is stale answers
// conflict and changes nothing: drop the work, someone else has it. Thread-safe, many processes.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // The lease, or nothing when the document is not due: done, dead, gone, leased, or waiting for a
  // later attempt. Erasing documents are leased at stage kErase.
  virtual Task<std::optional<JobLease>> lease(Context context, LeaseRequest request) = 0;
  virtual Task<void> extend(Context context, JobLease lease, Milliseconds duration) = 0;
  // The stage is done; its artefacts are in the blob store.
  virtual Task<void> advance(Context context, JobLease lease, StageResult result) = 0;
  // The leased revision becomes the visible one and older ones are retired; at stage kErase the
  // document's row is deleted.
  virtual Task<void> finish(Context context, JobLease lease, JobResult result) = 0;
  // Back to waiting, one attempt more, with a message after `delay`.
  virtual Task<void> retry(Context context, JobLease lease, RetryPlan plan) = 0;
  // Dead letter. What readers saw before stays visible.
  virtual Task<void> bury(Context context, JobLease lease, Failure failure) = 0;
  // Dead documents wait again, attempts from zero; an empty list means all of `collection` (empty:
  // every collection). Returns how many.
  virtual Task<int> redrive(Context context, std::vector<DocumentId> documents,
                            std::string collection) = 0;
  // Takes expired leases back and sends a message for each document that is due and had none for
  // `quiet`. Run it every few seconds from any process.
  virtual Task<SweepReport> sweep(Context context, Milliseconds quiet) = 0;
};

}  // namespace docmill
