// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_key_store.h"

#include "base/utf8.h"

namespace docmill::embedded {
namespace {

constexpr std::size_t kIdBytes = 6;
constexpr std::size_t kSecretBytes = 24;  // 192 random bits
constexpr std::size_t kNameBytesMax = 100;

const Schema& keys_schema() {
  static const Schema schema{
      "keys",
      {"CREATE TABLE api_keys(id TEXT PRIMARY KEY, name TEXT NOT NULL, secret_hash BLOB NOT NULL,"
       " created_at INTEGER NOT NULL, revoked_at INTEGER, last_used_at INTEGER)"}};
  return schema;
}

ApiKey read_key(const Statement& row) {
  return {row.text(0), row.text(1),          row.hash(2),
          row.time(3), row.optional_time(4), row.optional_time(5)};
}

}  // namespace

Result<std::unique_ptr<SqliteKeyStore>> SqliteKeyStore::create(Database& database,
                                                               const Clock& clock) {
  DOCMILL_TRY_VOID(database.migrate(keys_schema()));
  return std::unique_ptr<SqliteKeyStore>(new SqliteKeyStore(database, clock));
}

Task<CreatedApiKey> SqliteKeyStore::create(Context context, std::string name) {
  if (name.empty() || name.size() > kNameBytesMax || !is_valid_utf8(name))
    co_return fail(ErrorCode::kInvalidArgument, "a key's name has 1 to 100 bytes of UTF-8");
  std::string secret = random_hex(kSecretBytes);
  CreatedApiKey created;
  created.key.id = random_hex(kIdBytes);
  created.key.name = std::move(name);
  created.key.secret_hash = sha256(secret);
  created.key.created_at = clock_.now();
  created.text = "dm-" + created.key.id + "-" + secret;
  DOCMILL_CO_TRY_VOID(co_await database_.write<void>(
      std::move(context), [key = created.key](Transaction& transaction) {
        return transaction.execute(
            "INSERT INTO api_keys(id, name, secret_hash, created_at) VALUES(?,?,?,?)", key.id,
            key.name, key.secret_hash, key.created_at);
      }));
  co_return created;
}

Task<std::optional<ApiKey>> SqliteKeyStore::find(Context context, std::string id) {
  using Found = std::optional<ApiKey>;
  co_return co_await database_.read<Found>(
      std::move(context), [id = std::move(id)](Transaction& transaction) -> Result<Found> {
        Statement find = transaction.prepare(
            "SELECT id, name, secret_hash, created_at, revoked_at, last_used_at FROM api_keys"
            " WHERE id=?");
        DOCMILL_TRY(bool found, find.bind(id).step());
        return found ? Found(read_key(find)) : Found();
      });
}

Task<std::vector<ApiKey>> SqliteKeyStore::list(Context context) {
  co_return co_await database_.read<std::vector<ApiKey>>(
      std::move(context), [](Transaction& transaction) -> Result<std::vector<ApiKey>> {
        std::vector<ApiKey> keys;
        Statement all = transaction.prepare(
            "SELECT id, name, secret_hash, created_at, revoked_at, last_used_at FROM api_keys"
            " ORDER BY created_at, rowid");
        while (true) {
          DOCMILL_TRY(bool row, all.step());
          if (!row) return keys;
          keys.push_back(read_key(all));
        }
      });
}

Task<void> SqliteKeyStore::revoke(Context context, std::string id) {
  co_return co_await database_.write<void>(
      std::move(context), [this, id = std::move(id)](Transaction& transaction) -> Status {
        DOCMILL_TRY(
            std::int64_t changed,
            transaction.run("UPDATE api_keys SET revoked_at=coalesce(revoked_at, ?) WHERE id=?",
                            clock_.now(), id));
        if (changed == 0) return fail(ErrorCode::kNotFound, "there is no key with this id");
        return {};
      });
}

Task<void> SqliteKeyStore::mark_used(Context context, std::vector<std::string> ids) {
  co_return co_await database_.write<void>(
      std::move(context), [this, ids = std::move(ids)](Transaction& transaction) -> Status {
        for (const std::string& id : ids)
          DOCMILL_TRY_VOID(transaction.execute("UPDATE api_keys SET last_used_at=? WHERE id=?",
                                               clock_.now(), id));
        return {};
      });
}

Task<std::int64_t> SqliteKeyStore::count(Context context) {
  co_return co_await database_.read<std::int64_t>(
      std::move(context), [](Transaction& transaction) -> Result<std::int64_t> {
        Statement count = transaction.prepare("SELECT count(*) FROM api_keys");
        DOCMILL_TRY_VOID(count.step());
        return count.integer(0);
      });
}

}  // namespace docmill::embedded
