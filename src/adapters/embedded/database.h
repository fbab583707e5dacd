// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "adapters/embedded/sqlite_statement.h"
#include "async/context.h"
#include "async/task.h"

namespace docmill::embedded {

class WaitList;

// The tables of one component. `steps[n]` is an SQL script that leads from version n to n + 1;
// steps that were released never change, new ones are appended.
struct Schema {
  std::string component;
  std::vector<std::string> steps;
};

// What a function given to `read` or `write` works with; valid only inside it, on its thread.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}

  // Statement s = transaction.prepare("…"); prepared once for each connection, so `sql` should come
  // from a bounded set of texts.
  Statement prepare(std::string_view sql) { return Statement(connection_, sql); }
  // Binds, runs to the end and returns the number of rows changed.
  template <typename... Values>
  Result<std::int64_t> run(std::string_view sql, const Values&... values) {
    Statement statement(connection_, sql);
    return statement.bind(values...).run();
  }
  // The same where the number does not matter.
  template <typename... Values>
  Status execute(std::string_view sql, const Values&... values) {
    DOCMILL_TRY_VOID(run(sql, values...));
    return {};
  }
  std::int64_t last_insert_id() const { return connection_.last_insert_id(); }
  // After this transaction's commit `messages` receivers of this process are woken.
  void note_messages(int messages) { messages_ += messages; }

 private:
  friend class Database;
  Connection& connection_;
  int messages_ = 0;
};

struct DatabaseSettings {
  std::string path;       // the file; its folder must exist
  bool durable = true;    // false: a power cut may undo the last commits (never corrupts)
  int read_threads = 2;   // 1–16
  int writes_max = 4096;  // waiting writes, and waiting reads; more are refused
  int group_max = 256;    // writes committed together
  Milliseconds busy_timeout{10'000};
};

// One SQLite file in WAL mode, shared with other processes. Writes of this process are gathered by
// one thread and committed together, so that many writers share one sync of the disk. Reads run
// beside them, each on a consistent snapshot. Owned by the program, outlives the adapters that use
// it. Thread-safe.
//
// Errors besides those of the given functions: unavailable with reason "disk_full" or
// "database_busy" (retry), corrupt_data (the file is damaged), rate_limited (too many calls wait),
// cancelled and deadline_exceeded (before the work began; then it did not happen).
class Database {
 public:
  // Opens or creates the file. corrupt_data when it is something else than a docmill database.
  static Result<std::unique_ptr<Database>> open(DatabaseSettings settings);
  // Finishes the writes that were accepted.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Brings the tables of a component to the newest version, in one transaction. Blocks; call it
  // while starting. conflict when a newer program has written them.
  Status migrate(const Schema& schema);

  // Runs `work` in a write transaction and returns its value once that is durable. An error from
  // `work` undoes what it did and nothing else. `work` runs once, on the database's thread; it must
  // not block or keep the transaction. A caller that is cancelled after the work began still gets
  // its result.
  template <typename T>
  Task<T> write(Context context, std::function<Result<T>(Transaction&)> work) {
    auto value = std::make_shared<Result<T>>(fail(ErrorCode::kInternal, "never ran"));
    DOCMILL_CO_TRY_VOID(co_await submit_write(std::move(context), keep(value, std::move(work))));
    co_return std::move(*value);
  }

  // Runs `work` on a snapshot of the database; it must not write.
  template <typename T>
  Task<T> read(Context context, std::function<Result<T>(Transaction&)> work) {
    auto value = std::make_shared<Result<T>>(fail(ErrorCode::kInternal, "never ran"));
    DOCMILL_CO_TRY_VOID(co_await submit_read(std::move(context), keep(value, std::move(work))));
    co_return std::move(*value);
  }

  // Who in this process waits for messages; see Transaction::note_messages.
  WaitList& message_waiters();

 private:
  using Work = std::function<Status(Transaction&)>;
  struct State;

  template <typename T>
  static Work keep(std::shared_ptr<Result<T>> value, std::function<Result<T>(Transaction&)> work) {
    return [value = std::move(value), work = std::move(work)](Transaction& transaction) -> Status {
      *value = work(transaction);
      if (!*value) return fail(value->error());
      return {};
    };
  }

  explicit Database(std::unique_ptr<State> state);
  Task<void> submit_write(Context context, Work work);
  Task<void> submit_read(Context context, Work work);

  std::unique_ptr<State> state_;
};

}  // namespace docmill::embedded
