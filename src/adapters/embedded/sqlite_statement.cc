// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_statement.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace docmill::embedded {
namespace {

bool is_out_of_space(int system_errno) { return system_errno == ENOSPC || system_errno == EDQUOT; }

}  // namespace

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection) {
  auto found = connection.statements_.find(sql);
  if (found != connection.statements_.end() && !found->second.used) {
    found->second.used = true;
    statement_ = found->second.statement;
    cached_ = true;
    return;
  }
  failure_ = sqlite3_prepare_v3(connection.handle_, sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (failure_ == SQLITE_OK && found == connection.statements_.end()) {
    connection.statements_.emplace(std::string(sql), Connection::Cached{statement_, true});
    cached_ = true;
  }
}

Statement::~Statement() {
  if (!cached_) {
    sqlite3_finalize(statement_);
    return;
  }
  reset();
  sqlite3_clear_bindings(statement_);
  connection_.statements_.find(std::string_view(sqlite3_sql(statement_)))->second.used = false;
}

Result<bool> Statement::step() {
  if (failure_ != SQLITE_OK) return fail(connection_.error(failure_));
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(connection_.error(code));
}

Result<std::int64_t> Statement::run() {
  while (true) {
    DOCMILL_TRY(bool row, step());
    if (!row) break;
  }
  std::int64_t changed = sqlite3_changes64(connection_.handle_);
  reset();
  return changed;
}

void Statement::reset() { sqlite3_reset(statement_); }

bool Statement::null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::view(int column) const {
  auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(bytes,
                                static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::optional<WallTime> Statement::optional_time(int column) const {
  if (null(column)) return std::nullopt;
  return time(column);
}

Hash Statement::hash(int column) const {
  Hash hash;
  std::string_view bytes = view(column);
  if (bytes.size() == hash.bytes.size()) std::memcpy(hash.bytes.data(), bytes.data(), bytes.size());
  return hash;
}

void Statement::bind_integer(int index, std::int64_t value) {
  if (failure_ == SQLITE_OK) failure_ = sqlite3_bind_int64(statement_, index, value);
}
void Statement::bind_one(int index, double value) {
  if (failure_ == SQLITE_OK) failure_ = sqlite3_bind_double(statement_, index, value);
}
void Statement::bind_one(int index, std::nullptr_t) {
  if (failure_ == SQLITE_OK) failure_ = sqlite3_bind_null(statement_, index);
}
void Statement::bind_one(int index, std::string_view text) {
  // An empty view may have no pointer, which SQLite would take for NULL.
  if (failure_ == SQLITE_OK)
    failure_ = sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(),
                                   SQLITE_TRANSIENT, SQLITE_UTF8);
}
void Statement::bind_one(int index, Blob blob) {
  if (failure_ == SQLITE_OK)
    failure_ = sqlite3_bind_blob64(statement_, index, blob.bytes.empty() ? "" : blob.bytes.data(),
                                   blob.bytes.size(), SQLITE_TRANSIENT);
}
void Statement::bind_one(int index, const Hash& hash) {
  bind_one(index, Blob{{reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()}});
}

Result<std::unique_ptr<Connection>> Connection::open(ConnectionSettings settings) {
  std::unique_ptr<Connection> connection(new Connection(settings.path));
  int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
      (settings.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  int code = sqlite3_open_v2(settings.path.c_str(), &connection->handle_, flags, nullptr);
  if (code != SQLITE_OK) return fail(connection->error(code));
  sqlite3_busy_timeout(connection->handle_, static_cast<int>(settings.busy_timeout.count()));
  std::string script = "PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-" +
                       std::to_string(settings.cache_kib) + ";";
  // A checkpoint each 16 MiB of log: fewer, larger syncs of the database file than the default.
  if (!settings.read_only) script += "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=4096;";
  script += settings.durable ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;";
  DOCMILL_TRY_VOID(connection->execute(script.c_str()));
  return connection;
}

Connection::~Connection() {
  for (auto& [sql, cached] : statements_) sqlite3_finalize(cached.statement);
  sqlite3_close_v2(handle_);
}

Status Connection::execute(const char* script) {
  int code = sqlite3_exec(handle_, script, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::int64_t Connection::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

Error Connection::error(int code) const {
  // Of bound values nothing is in here: SQLite's messages name tables, columns and system errors.
  std::string what = path_ + ": " + sqlite3_errstr(code);
  if (handle_ != nullptr && sqlite3_extended_errcode(handle_) == code)
    what += std::string(" (") + sqlite3_errmsg(handle_) + ")";
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Error(ErrorCode::kUnavailable, what + "; free disk space and try again", "disk_full");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(ErrorCode::kUnavailable, what + "; another process holds the database for long",
                   "database_busy");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(ErrorCode::kCorruptData,
                   what + "; restore the file from a backup, or delete it to start anew");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (handle_ != nullptr && is_out_of_space(sqlite3_system_errno(handle_)))
        return Error(ErrorCode::kUnavailable, what + "; free disk space and try again",
                     "disk_full");
      return Error(ErrorCode::kUnavailable, what + "; check the data folder");
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return Error(ErrorCode::kPermissionDenied, what + "; the data folder must be writable");
    case SQLITE_TOOBIG:
      return Error(ErrorCode::kTooLarge, what);
    case SQLITE_NOMEM:
      return Error(ErrorCode::kUnavailable, what);
    default:
      return Error(ErrorCode::kInternal, what);
  }
}

}  // namespace docmill::embedded
