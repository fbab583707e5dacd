// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>

#include "async/context.h"
#include "async/task.h"
#include "ports/document_record.h"

namespace docmill {

struct DocumentFilter {
  std::string collection;  // empty: all
  std::optional<DocumentState> state;
  std::string uri_prefix;
  std::string after;  // id of the last document of the previous page
  int limit = 100;    // 1–1000
};

struct DocumentPage {
  std::vector<DocumentRecord> documents;  // ascending by id
  std::string next;                       // empty at the end
};

struct CatalogCounts {
  std::int64_t waiting = 0, running = 0, partial = 0, done = 0, dead = 0;  // documents
  std::int64_t chunks = 0;                                                 // of current revisions
  std::uint64_t blobs_bytes = 0;  // distinct original bytes that documents refer to
};

// A revision of a document that readers no longer see; its vectors may be deleted. Revisions only
// grow, so deleting "this document, revisions up to N" can never hit newer vectors.
struct Retired {
  std::string collection;
  DocumentId document;
  std::int64_t revision_max = 0;
};

// The truth about documents: which exist, their newest and their visible revision. Work on them
// goes through JobStore, which is served by the same database. Thread-safe; several processes may
// share one. Errors: not_found, unavailable (retry), invalid_argument.
class Catalog {
 public:
  virtual ~Catalog() = default;

  // Records that `version.uri` has these bytes and makes the document wait with a message in the
  // queue, in one transaction; durable when it returns. The bytes must be in the blob store before.
  // Bytes that are the newest revision already change nothing, unless that revision is dead (it
  // waits again) or `reprocess` is set.
  virtual Task<RecordedVersion> record(Context context, NewVersion version) = 0;

  // Hides the document at once and queues the deletion of its vectors, in one transaction.
  virtual Task<void> erase(Context context, DocumentId document) = 0;

  virtual Task<DocumentRecord> get(Context context, DocumentId document) = 0;
  virtual Task<DocumentPage> list(Context context, DocumentFilter filter) = 0;
  virtual Task<CatalogCounts> count(Context context, std::string collection) = 0;

  // The visible revision of each document that has one. A search hit of another revision is stale
  // and must be dropped, so that readers see exactly one revision of a document.
  virtual Task<std::unordered_map<DocumentId, std::int64_t>> current_revisions(
      Context context, std::vector<DocumentId> documents) = 0;

  // Revisions whose vectors are to be deleted, oldest first; `forget_retired` after that was done.
  virtual Task<std::vector<Retired>> retired(Context context, int limit) = 0;
  virtual Task<void> forget_retired(Context context, std::vector<Retired> retired) = 0;
};

}  // namespace docmill
