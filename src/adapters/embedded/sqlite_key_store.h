// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/embedded/database.h"
#include "ports/key_store.h"

namespace docmill::embedded {

// API keys in SQLite; of a secret only its hash is stored.
class SqliteKeyStore final : public KeyStore {
 public:
  // Migrates; both must outlive the store.
  static Result<std::unique_ptr<SqliteKeyStore>> create(Database& database, const Clock& clock);

  Task<CreatedApiKey> create(Context context, std::string name) override;
  Task<std::optional<ApiKey>> find(Context context, std::string id) override;
  Task<std::vector<ApiKey>> list(Context context) override;
  Task<void> revoke(Context context, std::string id) override;
  Task<void> mark_used(Context context, std::vector<std::string> ids) override;
  Task<std::int64_t> count(Context context) override;

 private:
  SqliteKeyStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Database& database_;
  const Clock& clock_;
};

}  // namespace docmill::embedded
