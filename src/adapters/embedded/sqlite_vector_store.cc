// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_vector_store.h"

#include <fmt/format.h>

#include <mutex>
#include <unordered_map>

#include "adapters/embedded/vector_rows.h"

namespace docmill::embedded {
namespace {

constexpr std::size_t kRecordsMax = 1000;  // one upsert, as the port says
constexpr int kHitsMax = 1000;
// Ids of terms remembered for writing, about 40 MB; beyond it the memory starts anew.
constexpr std::size_t kTermsMax = 500'000;

std::string describe(const ModelIdentity& model) {
  return fmt::format("{} ({}, {} dimensions)", model.name, model.revision.substr(0, 12),
                     model.dimension);
}

Result<CollectionInfo> info_of(Transaction& transaction, const std::string& name) {
  DOCMILL_TRY(const CollectionRow row, find_collection(transaction, name));
  Statement count = transaction.prepare("SELECT COUNT(*) FROM vector_entries WHERE collection=?");
  DOCMILL_TRY(const bool counted, count.bind(row.id).step());
  return CollectionInfo{name, row.model, counted ? count.integer(0) : 0};
}

Result<std::vector<VectorHit>> payloads(Transaction& transaction,
                                        const std::vector<IndexHit>& hits) {
  std::vector<VectorHit> result;
  for (const IndexHit& hit : hits) {
    DOCMILL_TRY(auto record, read_payload(transaction, hit.sequence));
    if (record) result.push_back({hit.score, std::move(*record)});
  }
  return result;
}

}  // namespace

struct SqliteVectorStore::State {
  struct Collection {
    std::mutex following;  // one thread at a time reads changes; held by no reader
    std::shared_ptr<const IndexSnapshot> snapshot;
  };

  explicit State(Database& opened) : database(opened) {}

  std::shared_ptr<Collection> collection(std::int64_t id) {
    std::scoped_lock lock(mutex);
    auto& entry = collections[id];
    if (!entry) entry = std::make_shared<Collection>();
    return entry;
  }

  // The index as `transaction` sees the collection, or a little newer.
  Result<std::shared_ptr<const IndexSnapshot>> snapshot(Transaction& transaction,
                                                        const CollectionRow& row) {
    auto kept = collection(row.id);
    std::scoped_lock lock(kept->following);
    DOCMILL_TRY(kept->snapshot, follow(transaction, row, kept->snapshot));
    return kept->snapshot;
  }

  struct Found {
    VectorHits hits;
    // Another thread brought the index further than this snapshot of the database, so that it may
    // name records that the snapshot does not have.
    bool ahead = false;
  };

  Result<Found> search(Transaction& transaction, VectorQuery& query) {
    DOCMILL_TRY(const CollectionRow row, find_collection(transaction, query.collection));
    if (query.k < 1 || query.k > kHitsMax)
      return fail(ErrorCode::kInvalidArgument, fmt::format("k is not 1–{}", kHitsMax));
    DOCMILL_TRY(auto index, snapshot(transaction, row));
    VectorHits hits;
    if (!query.vector.empty()) {
      if (query.vector.size() != static_cast<std::size_t>(row.model.dimension))
        return fail(ErrorCode::kInvalidArgument,
                    fmt::format("the query vector has {} dimensions, the collection {}",
                                query.vector.size(), row.model.dimension));
      DOCMILL_TRY_VOID(normalize(query.vector));
      const ReadVector read = [&](std::int64_t number, std::span<float> out) {
        return read_vector(transaction, number, out);
      };
      DOCMILL_TRY(auto nearest, index->nearest(query.vector, query.k, query.filter, read));
      DOCMILL_TRY(hits.dense, payloads(transaction, nearest));
    }
    if (!query.text.empty()) {
      DOCMILL_TRY(const auto terms, query_terms(transaction, query.text));
      DOCMILL_TRY(hits.lexical,
                  payloads(transaction, index->lexical(terms, query.k, query.filter)));
    }
    return Found{std::move(hits), index->version() > row.changed};
  }

  Database& database;
  std::mutex mutex;
  std::unordered_map<std::int64_t, std::shared_ptr<Collection>> collections;
  std::mutex terms_mutex;
  TermIds known_terms;  // committed ones
};

SqliteVectorStore::SqliteVectorStore(std::shared_ptr<State> state) : state_(std::move(state)) {}
SqliteVectorStore::~SqliteVectorStore() = default;

Result<std::unique_ptr<SqliteVectorStore>> SqliteVectorStore::open(Database& database) {
  DOCMILL_TRY_VOID(database.migrate(vector_schema()));
  return std::unique_ptr<SqliteVectorStore>(
      new SqliteVectorStore(std::make_shared<State>(database)));
}

Task<CollectionInfo> SqliteVectorStore::open_collection(Context context, std::string collection,
                                                        ModelIdentity model) {
  if (model.dimension < 1 || model.dimension > kDimensionMax)
    co_return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("a collection has 1–{} dimensions, not {}", kDimensionMax, model.dimension));
  std::function<Result<CollectionInfo>(Transaction&)> work =
      [collection, model](Transaction& transaction) -> Result<CollectionInfo> {
    DOCMILL_TRY_VOID(transaction.execute(
        "INSERT INTO vector_collections(name, model, model_revision, dimension) VALUES(?,?,?,?) "
        "ON CONFLICT(name) DO NOTHING",
        collection, model.name, model.revision, model.dimension));
    DOCMILL_TRY(CollectionInfo info, info_of(transaction, collection));
    if (info.model == model) return info;
    return fail(
        ErrorCode::kConflict,
        fmt::format("collection \"{}\" holds vectors of {}, not of {}; choose that model or "
                    "another collection",
                    collection, describe(info.model), describe(model)),
        "model_mismatch");
  };
  co_return co_await state_->database.write(std::move(context), std::move(work));
}

Task<std::vector<CollectionInfo>> SqliteVectorStore::list_collections(Context context) {
  std::function<Result<std::vector<CollectionInfo>>(Transaction&)> work =
      [](Transaction& transaction) -> Result<std::vector<CollectionInfo>> {
    std::vector<CollectionInfo> infos;
    Statement names = transaction.prepare("SELECT name FROM vector_collections ORDER BY name");
    while (true) {
      DOCMILL_TRY(const bool more, names.step());
      if (!more) return infos;
      DOCMILL_TRY(CollectionInfo info, info_of(transaction, names.text(0)));
      infos.push_back(std::move(info));
    }
  };
  co_return co_await state_->database.read(std::move(context), std::move(work));
}

Task<void> SqliteVectorStore::upsert(Context context, std::string collection,
                                     std::vector<VectorRecord> records) {
  if (records.size() > kRecordsMax)
    co_return fail(ErrorCode::kInvalidArgument, "more than 1000 records in one call");
  // Checking, coding and analysing need no write lock: they run on a read thread.
  auto shared = std::make_shared<std::vector<VectorRecord>>(std::move(records));
  using Prepared = std::vector<PreparedRecord>;
  std::function<Result<Prepared>(Transaction&)> prepare =
      [collection, shared](Transaction& transaction) -> Result<Prepared> {
    DOCMILL_TRY(const CollectionRow row, find_collection(transaction, collection));
    return prepare_records(std::move(*shared), row.model.dimension);
  };
  DOCMILL_CO_TRY(Prepared made, co_await state_->database.read(context, std::move(prepare)));
  auto prepared = std::make_shared<Prepared>(std::move(made));
  std::function<Result<TermIds>(Transaction&)> work =
      [collection, prepared, state = state_](Transaction& transaction) -> Result<TermIds> {
    DOCMILL_TRY(const CollectionRow row, find_collection(transaction, collection));
    std::scoped_lock lock(state->terms_mutex);
    return write_records(transaction, row, *prepared, state->known_terms);
  };
  DOCMILL_CO_TRY(TermIds used,
                 co_await state_->database.write(std::move(context), std::move(work)));
  // Only now: an id that was rolled back could be given to another term.
  std::scoped_lock lock(state_->terms_mutex);
  if (state_->known_terms.size() > kTermsMax) state_->known_terms.clear();
  state_->known_terms.merge(used);
  co_return Status();
}

Task<VectorHits> SqliteVectorStore::search(Context context, VectorQuery query) {
  auto shared = std::make_shared<VectorQuery>(std::move(query));
  State::Found found;
  // A new read has a newer snapshot of the database; writers can win this race only so often.
  for (int tries = 0; tries < 3; ++tries) {
    std::function<Result<State::Found>(Transaction&)> work =
        [shared, state = state_](Transaction& transaction) {
          return state->search(transaction, *shared);
        };
    DOCMILL_CO_TRY(found, co_await state_->database.read(context, std::move(work)));
    if (!found.ahead) break;
  }
  co_return std::move(found.hits);
}

Task<void> SqliteVectorStore::remove(Context context, std::string collection, std::string document,
                                     std::int64_t revision_max) {
  std::function<Status(Transaction&)> work = [=](Transaction& transaction) -> Status {
    DOCMILL_TRY(const CollectionRow row, find_collection(transaction, collection));
    return remove_records(transaction, row, document, revision_max);
  };
  co_return co_await state_->database.write<void>(std::move(context), std::move(work));
}

Task<std::vector<VectorRecord>> SqliteVectorStore::get_document(Context context,
                                                                std::string collection,
                                                                std::string document,
                                                                std::int64_t revision) {
  std::function<Result<std::vector<VectorRecord>>(Transaction&)> work =
      [=](Transaction& transaction) -> Result<std::vector<VectorRecord>> {
    DOCMILL_TRY(const CollectionRow row, find_collection(transaction, collection));
    std::vector<VectorRecord> records;
    Statement find = transaction.prepare(
        "SELECT number FROM vector_records WHERE collection=? AND document=? AND revision=? "
        "ORDER BY ordinal, id");
    find.bind(row.id, document, revision);
    while (true) {
      DOCMILL_TRY(const bool more, find.step());
      if (!more) return records;
      DOCMILL_TRY(auto record, read_payload(transaction, find.integer(0)));
      if (!record) continue;
      record->vector.resize(static_cast<std::size_t>(row.model.dimension));
      DOCMILL_TRY_VOID(read_vector(transaction, find.integer(0), record->vector));
      records.push_back(std::move(*record));
    }
  };
  co_return co_await state_->database.read(std::move(context), std::move(work));
}

}  // namespace docmill::embedded
