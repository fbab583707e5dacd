// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_job_store.h"

#include "adapters/embedded/document_rows.h"

namespace docmill::embedded {
namespace {

constexpr int kSweepMax = 1000;  // documents taken back or sent again by one sweep

int number_of(DocumentState state) { return static_cast<int>(state); }

// Where a document of that stage waits: an erasure stays invisible whatever happens to it.
int waiting_at(Stage stage) {
  return number_of(stage == Stage::kErase ? DocumentState::kErasing : DocumentState::kWaiting);
}

bool is_due(const DocumentRecord& record, WallTime now) {
  switch (record.state) {
    case DocumentState::kWaiting:
      return !record.next_attempt_at || *record.next_attempt_at <= now;
    case DocumentState::kRunning:
      return !record.lease_until || *record.lease_until <= now;
    case DocumentState::kErasing:
      return (!record.lease_until || *record.lease_until <= now) &&
             (!record.next_attempt_at || *record.next_attempt_at <= now);
    default:
      return false;
  }
}

Result<std::optional<JobLease>> lease_document(Transaction& transaction,
                                               const LeaseRequest& request, WallTime now) {
  DOCMILL_TRY(auto known, find_document(transaction, request.document));
  if (!known || !is_due(*known, now)) return std::optional<JobLease>();
  DocumentRecord record = std::move(*known);
  bool erasing = record.state == DocumentState::kErasing;
  // Artefacts of other settings are of no use: a new revision from the first stage on.
  bool other_settings =
      !erasing && !record.settings_key.empty() && record.settings_key != request.settings_key;
  if (other_settings) {
    ++record.revision;
    record.stage = Stage::kExtract;
    record.attempt = 0;
  }
  if (!erasing) {
    record.state = DocumentState::kRunning;
    record.settings_key = request.settings_key;
  }
  ++record.token;
  record.worker = request.worker;
  record.lease_until = now + request.duration;
  record.next_attempt_at.reset();
  record.updated_at = now;
  DOCMILL_TRY_VOID(transaction.execute(
      "UPDATE documents SET revision=?, state=?, stage=?, attempt=?, settings_key=?, token=?,"
      " worker=?, lease_until=?, next_attempt_at=NULL, updated_at=? WHERE id=?",
      record.revision, number_of(record.state), static_cast<int>(record.stage), record.attempt,
      record.settings_key, record.token, record.worker, record.lease_until, now, record.id));
  JobLease lease{record, record.token, *record.lease_until};
  return std::optional<JobLease>(std::move(lease));
}

// The document's row when `lease` still holds it; conflict otherwise.
Result<DocumentRecord> held(Transaction& transaction, const JobLease& lease) {
  DOCMILL_TRY(auto known, find_document(transaction, lease.record.id));
  if (!known || known->token != lease.token || !known->lease_until)
    return fail(ErrorCode::kConflict, "the lease is no longer valid; drop the work");
  return std::move(*known);
}

Status finish_document(Transaction& transaction, const JobLease& lease, const JobResult& result,
                       WallTime now) {
  DOCMILL_TRY(DocumentRecord record, held(transaction, lease));
  if (record.state == DocumentState::kErasing) {
    DOCMILL_TRY_VOID(transaction.execute("INSERT OR REPLACE INTO tombstones VALUES(?,?,?)",
                                         record.id, record.revision, record.token));
    DOCMILL_TRY_VOID(transaction.execute("DELETE FROM retired WHERE document=?", record.id));
    return transaction.execute("DELETE FROM documents WHERE id=?", record.id);
  }
  std::string missing;
  for (const std::string& stage : result.missing) missing += stage + "\n";
  auto state = result.missing.empty() ? DocumentState::kDone : DocumentState::kPartial;
  DOCMILL_TRY_VOID(transaction.execute(
      "UPDATE documents SET state=?, current_revision=revision, chunks=?, missing=?,"
      " lease_until=NULL, next_attempt_at=NULL, failure_reason=NULL, updated_at=? WHERE id=?",
      number_of(state), result.chunks, missing, now, record.id));
  if (record.revision == 1) return {};
  return retire(transaction, record.version.collection, record.id, record.revision - 1);
}

// The failed try of `record`, told by `failure`; the caller has moved state and lease.
Status note_failure(Transaction& transaction, const DocumentRecord& record, const Failure& failure,
                    int attempt, WallTime now) {
  return transaction.execute(
      "UPDATE documents SET failure_reason=?, failure_message=?, failure_stage=?,"
      " failure_attempt=?, failure_at=?, attempt=? WHERE id=?",
      failure.reason, failure.message, static_cast<int>(failure.stage),
      failure.attempt == 0 ? attempt : failure.attempt, failure.at == WallTime() ? now : failure.at,
      attempt, record.id);
}

Status move_to(Transaction& transaction, const DocumentRecord& record, int state,
               std::optional<WallTime> next_attempt_at, WallTime now) {
  return transaction.execute(
      "UPDATE documents SET state=?, lease_until=NULL, next_attempt_at=?, updated_at=?"
      " WHERE id=?",
      state, next_attempt_at, now, record.id);
}

Status retry_document(Transaction& transaction, const JobLease& lease, const RetryPlan& plan,
                      WallTime now) {
  DOCMILL_TRY(DocumentRecord record, held(transaction, lease));
  DOCMILL_TRY_VOID(move_to(transaction, record, waiting_at(record.stage), now + plan.delay, now));
  if (plan.counts || !plan.failure.reason.empty())
    DOCMILL_TRY_VOID(note_failure(transaction, record, plan.failure,
                                  record.attempt + (plan.counts ? 1 : 0), now));
  return enqueue_document(transaction, record.id, now, plan.delay);
}

Result<std::vector<DocumentRecord>> select_documents(Transaction& transaction,
                                                     const std::string& where, WallTime time) {
  std::vector<DocumentRecord> found;
  Statement find =
      transaction.prepare(std::string("SELECT ") + kDocumentColumns + " FROM documents WHERE " +
                          where + " LIMIT " + std::to_string(kSweepMax));
  find.bind(time);
  while (true) {
    DOCMILL_TRY(bool row, find.step());
    if (!row) return found;
    found.push_back(read_document(find));
  }
}

Result<SweepReport> sweep_documents(Transaction& transaction, Milliseconds quiet, WallTime now) {
  SweepReport report;
  DOCMILL_TRY(auto expired,
              select_documents(transaction, "lease_until IS NOT NULL AND lease_until<=?1", now));
  for (const DocumentRecord& record : expired) {
    DOCMILL_TRY_VOID(move_to(transaction, record, waiting_at(record.stage), now, now));
    DOCMILL_TRY_VOID(enqueue_document(transaction, record.id, now, Milliseconds(0)));
    ++report.expired;
  }
  // A message that nobody received yet is still there, however long ago it was sent.
  DOCMILL_TRY(auto silent,
              select_documents(transaction,
                               "state IN (0, 5) AND messaged_at<=?1 AND lease_until IS NULL AND"
                               " NOT EXISTS (SELECT 1 FROM messages WHERE body=documents.id)",
                               now - quiet));
  for (const DocumentRecord& record : silent) {
    if (!is_due(record, now)) continue;
    DOCMILL_TRY_VOID(enqueue_document(transaction, record.id, now, Milliseconds(0)));
    ++report.resent;
  }
  return report;
}

Result<int> redrive_documents(Transaction& transaction, std::vector<DocumentId> documents,
                              const std::string& collection, WallTime now) {
  if (documents.empty()) {
    Statement dead =
        transaction.prepare("SELECT id FROM documents WHERE state=4 AND (?1='' OR collection=?1)");
    dead.bind(collection);
    while (true) {
      DOCMILL_TRY(bool row, dead.step());
      if (!row) break;
      documents.push_back(dead.text(0));
    }
  }
  int driven = 0;
  for (const DocumentId& document : documents) {
    DOCMILL_TRY(auto record, find_document(transaction, document));
    if (!record || record->state != DocumentState::kDead) continue;
    DOCMILL_TRY_VOID(move_to(transaction, *record, waiting_at(record->stage), std::nullopt, now));
    DOCMILL_TRY_VOID(transaction.execute("UPDATE documents SET attempt=0 WHERE id=?", document));
    DOCMILL_TRY_VOID(enqueue_document(transaction, document, now, Milliseconds(0)));
    ++driven;
  }
  return driven;
}

}  // namespace

Result<std::unique_ptr<SqliteJobStore>> SqliteJobStore::create(Database& database,
                                                               const Clock& clock) {
  DOCMILL_TRY_VOID(database.migrate(documents_schema()));
  return std::unique_ptr<SqliteJobStore>(new SqliteJobStore(database, clock));
}

Task<std::optional<JobLease>> SqliteJobStore::lease(Context context, LeaseRequest request) {
  co_return co_await database_.write<std::optional<JobLease>>(
      std::move(context), [this, request = std::move(request)](Transaction& transaction) {
        return lease_document(transaction, request, clock_.now());
      });
}

Task<void> SqliteJobStore::extend(Context context, JobLease lease, Milliseconds duration) {
  co_return co_await database_.write<void>(
      std::move(context),
      [this, lease = std::move(lease), duration](Transaction& transaction) -> Status {
        DOCMILL_TRY(DocumentRecord record, held(transaction, lease));
        return transaction.execute("UPDATE documents SET lease_until=? WHERE id=?",
                                   clock_.now() + duration, record.id);
      });
}

Task<void> SqliteJobStore::advance(Context context, JobLease lease, StageResult result) {
  co_return co_await database_.write<void>(
      std::move(context),
      [this, lease = std::move(lease),
       result = std::move(result)](Transaction& transaction) -> Status {
        DOCMILL_TRY(DocumentRecord record, held(transaction, lease));
        return transaction.execute(
            "UPDATE documents SET stage=?, media_type=coalesce(?, media_type),"
            " title=coalesce(?, title), language=coalesce(?, language),"
            " model_key=coalesce(?, model_key), chunks_key=coalesce(?, chunks_key),"
            " sandbox=coalesce(?, sandbox), updated_at=? WHERE id=?",
            static_cast<int>(result.next), result.media_type, result.title, result.language,
            result.model_key, result.chunks_key, result.sandbox, clock_.now(), record.id);
      });
}

Task<void> SqliteJobStore::finish(Context context, JobLease lease, JobResult result) {
  co_return co_await database_.write<void>(
      std::move(context),
      [this, lease = std::move(lease), result = std::move(result)](Transaction& transaction) {
        return finish_document(transaction, lease, result, clock_.now());
      });
}

Task<void> SqliteJobStore::retry(Context context, JobLease lease, RetryPlan plan) {
  co_return co_await database_.write<void>(
      std::move(context),
      [this, lease = std::move(lease), plan = std::move(plan)](Transaction& transaction) {
        return retry_document(transaction, lease, plan, clock_.now());
      });
}

Task<void> SqliteJobStore::bury(Context context, JobLease lease, Failure failure) {
  co_return co_await database_.write<void>(
      std::move(context),
      [this, lease = std::move(lease),
       failure = std::move(failure)](Transaction& transaction) -> Status {
        WallTime now = clock_.now();
        DOCMILL_TRY(DocumentRecord record, held(transaction, lease));
        DOCMILL_TRY_VOID(
            move_to(transaction, record, number_of(DocumentState::kDead), std::nullopt, now));
        return note_failure(transaction, record, failure, record.attempt + 1, now);
      });
}

Task<int> SqliteJobStore::redrive(Context context, std::vector<DocumentId> documents,
                                  std::string collection) {
  co_return co_await database_.write<int>(
      std::move(context), [this, documents = std::move(documents),
                           collection = std::move(collection)](Transaction& transaction) {
        return redrive_documents(transaction, documents, collection, clock_.now());
      });
}

Task<SweepReport> SqliteJobStore::sweep(Context context, Milliseconds quiet) {
  co_return co_await database_.write<SweepReport>(
      std::move(context), [this, quiet](Transaction& transaction) {
        return sweep_documents(transaction, quiet, clock_.now());
      });
}

}  // namespace docmill::embedded
