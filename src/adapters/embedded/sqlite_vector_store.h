// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ports/vector_store.h"

namespace docmill::embedded {

class Database;

// Vectors, payload and lexical terms as rows of the shared database: one commit makes a record
// visible to both legs. Each process keeps an index of every collection it searches in memory
// (about dimension + 450 bytes a record) and, before each search, brings it up to date from the
// rows that changed since; so a search sees every upsert that has returned, in any process.
//
// Dense search is exact. Good for some 200,000 records a collection. Searches run on the read
// threads of `database`, which must outlive the store. Thread-safe.
class SqliteVectorStore final : public VectorStore {
 public:
  // Makes the tables. Blocks; call it while starting.
  static Result<std::unique_ptr<SqliteVectorStore>> open(Database& database);
  ~SqliteVectorStore() override;

  VectorStoreCapabilities capabilities() const override {
    return {.lexical = true, .immediate = true};
  }
  // Besides the port's errors: invalid_argument for a dimension outside 1–4096.
  Task<CollectionInfo> open_collection(Context context, std::string collection,
                                       ModelIdentity model) override;
  Task<std::vector<CollectionInfo>> list_collections(Context context) override;
  Task<void> upsert(Context context, std::string collection,
                    std::vector<VectorRecord> records) override;
  Task<VectorHits> search(Context context, VectorQuery query) override;
  Task<void> remove(Context context, std::string collection, std::string document,
                    std::int64_t revision_max) override;
  Task<std::vector<VectorRecord>> get_document(Context context, std::string collection,
                                               std::string document,
                                               std::int64_t revision) override;

 private:
  struct State;
  explicit SqliteVectorStore(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace docmill::embedded
