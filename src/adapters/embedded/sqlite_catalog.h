// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/embedded/database.h"
#include "ports/catalog.h"

namespace docmill::embedded {

// The catalog in SQLite, beside queue and jobs.
class SqliteCatalog final : public Catalog {
 public:
  // Migrates; both must outlive the catalog.
  static Result<std::unique_ptr<SqliteCatalog>> create(Database& database, const Clock& clock);

  Task<RecordedVersion> record(Context context, NewVersion version) override;
  Task<void> erase(Context context, DocumentId document) override;
  // Erasing documents are not_found.
  Task<DocumentRecord> get(Context context, DocumentId document) override;
  // Erasing documents only when the filter asks for that state.
  Task<DocumentPage> list(Context context, DocumentFilter filter) override;
  Task<CatalogCounts> count(Context context, std::string collection) override;
  Task<std::unordered_map<DocumentId, std::int64_t>> current_revisions(
      Context context, std::vector<DocumentId> documents) override;
  Task<std::vector<Retired>> retired(Context context, int limit) override;
  Task<void> forget_retired(Context context, std::vector<Retired> retired) override;

 private:
  SqliteCatalog(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Database& database_;
  const Clock& clock_;
};

}  // namespace docmill::embedded
