// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/document_rows.h"

#include <algorithm>

namespace docmill::embedded {
namespace {

// A URI longer than this is refused: no server takes one, and it would bloat every index.
constexpr std::size_t kUriBytesMax = 8192;
constexpr std::size_t kCollectionBytesMax = 128;
constexpr char kListSeparator = '\n';

constexpr const char* kTables = R"sql(
CREATE TABLE messages(
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, so that old receipts stay old
  body TEXT NOT NULL,
  visible_at INTEGER NOT NULL,
  receive_count INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0);
CREATE INDEX messages_visible ON messages(visible_at);
CREATE INDEX messages_body ON messages(body);

CREATE TABLE documents(
  id TEXT PRIMARY KEY, collection TEXT NOT NULL, uri TEXT NOT NULL, source_name TEXT NOT NULL,
  content BLOB NOT NULL, size_bytes INTEGER NOT NULL, declared_media_type TEXT NOT NULL,
  declared_charset TEXT NOT NULL, modified_at INTEGER,
  revision INTEGER NOT NULL, current_revision INTEGER NOT NULL DEFAULT 0,
  state INTEGER NOT NULL, stage INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,
  token INTEGER NOT NULL DEFAULT 0, worker TEXT NOT NULL DEFAULT '', lease_until INTEGER,
  next_attempt_at INTEGER, failure_reason TEXT, failure_message TEXT, failure_stage INTEGER,
  failure_attempt INTEGER, failure_at INTEGER, settings_key TEXT NOT NULL DEFAULT '',
  media_type TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '', model_key TEXT NOT NULL DEFAULT '',
  chunks_key TEXT NOT NULL DEFAULT '', chunks INTEGER NOT NULL DEFAULT 0,
  sandbox TEXT NOT NULL DEFAULT '', missing TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  messaged_at INTEGER NOT NULL DEFAULT 0);
CREATE INDEX documents_counts ON documents(collection, state, chunks);
CREATE INDEX documents_state ON documents(state, id);
CREATE INDEX documents_collection ON documents(collection, id);
CREATE INDEX documents_content ON documents(content, collection, size_bytes);
CREATE INDEX documents_leases ON documents(lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX documents_waiting ON documents(messaged_at) WHERE state IN (0, 5);

-- Revision and token of deleted documents: the same source may come back, and both only grow.
CREATE TABLE tombstones(id TEXT PRIMARY KEY, revision INTEGER NOT NULL, token INTEGER NOT NULL)
  WITHOUT ROWID;

CREATE TABLE retired(
  id INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, document TEXT NOT NULL UNIQUE,
  revision_max INTEGER NOT NULL);
)sql";

Status check_version(const NewVersion& version) {
  if (version.collection.empty() || version.collection.size() > kCollectionBytesMax)
    return fail(ErrorCode::kInvalidArgument, "a collection's name has 1 to 128 bytes");
  if (version.uri.empty() || version.uri.size() > kUriBytesMax)
    return fail(ErrorCode::kInvalidArgument, "a document's URI has 1 to 8192 bytes");
  return {};
}

Result<RecordedVersion> insert_document(Transaction& transaction, const DocumentId& id,
                                        const NewVersion& version, WallTime now) {
  std::int64_t revision = 1;
  std::int64_t token = 0;
  {
    Statement find = transaction.prepare("SELECT revision, token FROM tombstones WHERE id=?");
    DOCMILL_TRY(bool deleted_before, find.bind(id).step());
    if (deleted_before) {
      revision = find.integer(0) + 1;
      token = find.integer(1);
    }
  }
  DOCMILL_TRY_VOID(transaction.execute("DELETE FROM tombstones WHERE id=?", id));
  DOCMILL_TRY_VOID(transaction.execute(
      "INSERT INTO documents(id, collection, uri, source_name, content, size_bytes,"
      " declared_media_type, declared_charset, modified_at, revision, token, state, stage,"
      " created_at, updated_at) VALUES(?,?,?,?,?,?,?,?,?,?,?,0,0,?,?)",
      id, version.collection, version.uri, version.source_name, version.content, version.size_bytes,
      version.declared_media_type, version.declared_charset, version.modified_at, revision, token,
      now, now));
  DOCMILL_TRY_VOID(enqueue_document(transaction, id, now, Milliseconds(0)));
  return RecordedVersion{id, revision, false};
}

}  // namespace

const Schema& documents_schema() {
  static const Schema schema{"documents", {kTables}};
  return schema;
}

Status enqueue_message(Transaction& transaction, std::string_view body, WallTime visible_at) {
  DOCMILL_TRY_VOID(
      transaction.execute("INSERT INTO messages(body, visible_at) VALUES(?, ?)", body, visible_at));
  transaction.note_messages(1);
  return {};
}

Status enqueue_document(Transaction& transaction, const DocumentId& document, WallTime now,
                        Milliseconds delay) {
  WallTime visible_at = now + std::min(delay, kMessageDelayMax);
  DOCMILL_TRY_VOID(enqueue_message(transaction, document, visible_at));
  return transaction.execute("UPDATE documents SET messaged_at=? WHERE id=?", visible_at, document);
}

const char* const kDocumentColumns =
    "id, collection, uri, source_name, content, size_bytes, declared_media_type,"
    " declared_charset, modified_at, revision, current_revision, state, stage, attempt, token,"
    " worker, lease_until, next_attempt_at, failure_reason, failure_message, failure_stage,"
    " failure_attempt, failure_at, settings_key, media_type, title, language, model_key,"
    " chunks_key, chunks, sandbox, missing, created_at, updated_at";

DocumentRecord read_document(const Statement& row) {
  DocumentRecord record;
  int column = 0;
  auto text = [&] { return row.text(column++); };
  auto number = [&] { return row.integer(column++); };
  auto time = [&] { return row.optional_time(column++); };
  record.id = text();
  NewVersion& version = record.version;
  version.collection = text();
  version.uri = text();
  version.source_name = text();
  version.content = row.hash(column++);
  version.size_bytes = static_cast<std::uint64_t>(number());
  version.declared_media_type = text();
  version.declared_charset = text();
  version.modified_at = time();
  record.revision = number();
  record.current_revision = number();
  record.state = static_cast<DocumentState>(number());
  record.stage = static_cast<Stage>(number());
  record.attempt = static_cast<int>(number());
  record.token = static_cast<std::uint64_t>(number());
  record.worker = text();
  record.lease_until = time();
  record.next_attempt_at = time();
  Failure failure;
  bool failed = !row.null(column);
  failure.reason = text();
  failure.message = text();
  failure.stage = static_cast<Stage>(number());
  failure.attempt = static_cast<int>(number());
  failure.at = from_unix_ms(number());
  if (failed) record.failure = std::move(failure);
  record.settings_key = text();
  record.media_type = text();
  record.title = text();
  record.language = text();
  record.model_key = text();
  record.chunks_key = text();
  record.chunks = number();
  record.sandbox = text();
  std::string missing = text();
  for (std::size_t start = 0; start < missing.size();) {
    std::size_t end = std::min(missing.find(kListSeparator, start), missing.size());
    record.missing.push_back(missing.substr(start, end - start));
    start = end + 1;
  }
  record.created_at = from_unix_ms(number());
  record.updated_at = from_unix_ms(number());
  return record;
}

Result<std::optional<DocumentRecord>> find_document(Transaction& transaction,
                                                    const DocumentId& document) {
  static const std::string sql =
      std::string("SELECT ") + kDocumentColumns + " FROM documents WHERE id=?";
  Statement find = transaction.prepare(sql);
  DOCMILL_TRY(bool found, find.bind(document).step());
  if (!found) return std::optional<DocumentRecord>();
  return std::optional<DocumentRecord>(read_document(find));
}

Result<RecordedVersion> record_version(Transaction& transaction, const NewVersion& version,
                                       WallTime now) {
  DOCMILL_TRY_VOID(check_version(version));
  DocumentId id = document_id_of(version.collection, version.uri);
  DOCMILL_TRY(auto known, find_document(transaction, id));
  if (!known) return insert_document(transaction, id, version, now);

  bool same = known->version.content == version.content && !version.reprocess &&
              known->state != DocumentState::kErasing && known->stage != Stage::kErase;
  if (same && known->state != DocumentState::kDead)
    return RecordedVersion{id, known->revision, true};
  std::int64_t revision = same ? known->revision : known->revision + 1;
  // Vectors that an erasure was to delete; newer ones are out of its reach.
  if (known->stage == Stage::kErase)
    DOCMILL_TRY_VOID(retire(transaction, version.collection, id, known->revision));
  DOCMILL_TRY_VOID(transaction.execute(
      "UPDATE documents SET source_name=?, content=?, size_bytes=?, declared_media_type=?,"
      " declared_charset=?, modified_at=?, revision=?, state=0, stage=0, attempt=0,"
      " lease_until=NULL, next_attempt_at=NULL, failure_reason=NULL, updated_at=? WHERE id=?",
      version.source_name, version.content, version.size_bytes, version.declared_media_type,
      version.declared_charset, version.modified_at, revision, now, id));
  DOCMILL_TRY_VOID(enqueue_document(transaction, id, now, Milliseconds(0)));
  return RecordedVersion{id, revision, false};
}

Status retire(Transaction& transaction, std::string_view collection, const DocumentId& document,
              std::int64_t revision_max) {
  return transaction.execute(
      "INSERT INTO retired(collection, document, revision_max) VALUES(?,?,?) ON CONFLICT(document)"
      " DO UPDATE SET revision_max=max(revision_max, excluded.revision_max)",
      collection, document, revision_max);
}

}  // namespace docmill::embedded
