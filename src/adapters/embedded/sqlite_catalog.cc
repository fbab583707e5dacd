// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_catalog.h"

#include "adapters/embedded/document_rows.h"

namespace docmill::embedded {
namespace {

constexpr int kLimitMax = 1000;

Error no_document() { return Error(ErrorCode::kNotFound, "there is no such document"); }

Status erase_document(Transaction& transaction, const DocumentId& document, WallTime now) {
  DOCMILL_TRY(auto known, find_document(transaction, document));
  if (!known) return fail(no_document());
  if (known->state == DocumentState::kErasing) return {};
  DOCMILL_TRY_VOID(transaction.execute(
      "UPDATE documents SET state=?, stage=?, current_revision=0, attempt=0, lease_until=NULL,"
      " next_attempt_at=NULL, failure_reason=NULL, updated_at=? WHERE id=?",
      static_cast<int>(DocumentState::kErasing), static_cast<int>(Stage::kErase), now, document));
  return enqueue_document(transaction, document, now, Milliseconds(0));
}

Result<DocumentPage> list_documents(Transaction& transaction, const DocumentFilter& filter) {
  std::string sql = std::string("SELECT ") + kDocumentColumns + " FROM documents WHERE id>?1";
  // Each parameter keeps its number, so that the number of different texts stays small.
  sql += filter.state ? " AND state=?2" : " AND state<>?2";
  if (!filter.collection.empty()) sql += " AND collection=?3";
  if (!filter.uri_prefix.empty()) sql += " AND substr(uri, 1, length(?4))=?4";
  sql += " ORDER BY id LIMIT ?5";
  Statement find = transaction.prepare(sql);
  auto state = static_cast<int>(filter.state.value_or(DocumentState::kErasing));
  find.bind(filter.after, state, filter.collection, filter.uri_prefix, filter.limit + 1);
  DocumentPage page;
  while (true) {
    DOCMILL_TRY(bool row, find.step());
    if (!row) return page;
    if (static_cast<int>(page.documents.size()) == filter.limit) {
      page.next = page.documents.back().id;
      return page;
    }
    page.documents.push_back(read_document(find));
  }
}

Result<CatalogCounts> count_documents(Transaction& transaction, const std::string& collection) {
  CatalogCounts counts;
  std::string where = collection.empty() ? " WHERE ?1=''" : " WHERE collection=?1";
  Statement states = transaction.prepare("SELECT state, count(*), sum(chunks) FROM documents" +
                                         where + " GROUP BY state");
  states.bind(collection);
  std::int64_t erasing = 0;
  std::int64_t* const of_state[] = {&counts.waiting, &counts.running, &counts.partial,
                                    &counts.done,    &counts.dead,    &erasing};
  while (true) {
    DOCMILL_TRY(bool row, states.step());
    if (!row) break;
    auto state = static_cast<std::size_t>(states.integer(0));
    if (state >= std::size(of_state)) continue;
    *of_state[state] = states.integer(1);
    if (of_state[state] != &erasing) counts.chunks += states.integer(2);
  }
  Statement bytes =
      transaction.prepare("SELECT sum(size) FROM (SELECT max(size_bytes) AS size FROM documents" +
                          where + " GROUP BY content)");
  DOCMILL_TRY(bool row, bytes.bind(collection).step());
  if (row) counts.blobs_bytes = static_cast<std::uint64_t>(bytes.integer(0));
  return counts;
}

}  // namespace

Result<std::unique_ptr<SqliteCatalog>> SqliteCatalog::create(Database& database,
                                                             const Clock& clock) {
  DOCMILL_TRY_VOID(database.migrate(documents_schema()));
  return std::unique_ptr<SqliteCatalog>(new SqliteCatalog(database, clock));
}

Task<RecordedVersion> SqliteCatalog::record(Context context, NewVersion version) {
  co_return co_await database_.write<RecordedVersion>(
      std::move(context), [this, version = std::move(version)](Transaction& transaction) {
        return record_version(transaction, version, clock_.now());
      });
}

Task<void> SqliteCatalog::erase(Context context, DocumentId document) {
  co_return co_await database_.write<void>(
      std::move(context), [this, document = std::move(document)](Transaction& transaction) {
        return erase_document(transaction, document, clock_.now());
      });
}

Task<DocumentRecord> SqliteCatalog::get(Context context, DocumentId document) {
  co_return co_await database_.read<DocumentRecord>(
      std::move(context),
      [document = std::move(document)](Transaction& transaction) -> Result<DocumentRecord> {
        DOCMILL_TRY(auto known, find_document(transaction, document));
        if (!known || known->state == DocumentState::kErasing) return fail(no_document());
        return std::move(*known);
      });
}

Task<DocumentPage> SqliteCatalog::list(Context context, DocumentFilter filter) {
  if (filter.limit < 1 || filter.limit > kLimitMax)
    co_return fail(ErrorCode::kInvalidArgument, "a page has 1 to 1000 documents");
  co_return co_await database_.read<DocumentPage>(
      std::move(context), [filter = std::move(filter)](Transaction& transaction) {
        return list_documents(transaction, filter);
      });
}

Task<CatalogCounts> SqliteCatalog::count(Context context, std::string collection) {
  co_return co_await database_.read<CatalogCounts>(
      std::move(context), [collection = std::move(collection)](Transaction& transaction) {
        return count_documents(transaction, collection);
      });
}

Task<std::unordered_map<DocumentId, std::int64_t>> SqliteCatalog::current_revisions(
    Context context, std::vector<DocumentId> documents) {
  using Revisions = std::unordered_map<DocumentId, std::int64_t>;
  co_return co_await database_.read<Revisions>(
      std::move(context),
      [documents = std::move(documents)](Transaction& transaction) -> Result<Revisions> {
        Revisions revisions;
        Statement find = transaction.prepare(
            "SELECT current_revision FROM documents WHERE id=? AND current_revision>0");
        for (const DocumentId& document : documents) {
          DOCMILL_TRY(bool visible, find.bind(document).step());
          if (visible) revisions[document] = find.integer(0);
          find.reset();
        }
        return revisions;
      });
}

Task<std::vector<Retired>> SqliteCatalog::retired(Context context, int limit) {
  co_return co_await database_.read<std::vector<Retired>>(
      std::move(context), [limit](Transaction& transaction) -> Result<std::vector<Retired>> {
        std::vector<Retired> retired;
        Statement find = transaction.prepare(
            "SELECT collection, document, revision_max FROM retired ORDER BY id LIMIT ?");
        find.bind(limit);
        while (true) {
          DOCMILL_TRY(bool row, find.step());
          if (!row) return retired;
          retired.push_back({find.text(0), find.text(1), find.integer(2)});
        }
      });
}

Task<void> SqliteCatalog::forget_retired(Context context, std::vector<Retired> retired) {
  co_return co_await database_.write<void>(
      std::move(context), [retired = std::move(retired)](Transaction& transaction) -> Status {
        for (const Retired& gone : retired)
          DOCMILL_TRY_VOID(
              transaction.execute("DELETE FROM retired WHERE document=? AND revision_max<=?",
                                  gone.document, gone.revision_max));
        return {};
      });
}

}  // namespace docmill::embedded
