// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/database.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <iterator>
#include <mutex>

#include "adapters/embedded/wait_list.h"
#include "async/blocking_pool.h"

namespace docmill::embedded {
namespace {

// "dmil": marks the file as ours, so that another program's database is not written to.
constexpr int kApplicationId = 0x646d696c;

Result<std::int64_t> read_number(Connection& connection, std::string_view sql) {
  Statement statement(connection, sql);
  DOCMILL_TRY(bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

Status create_schema_table(Connection& connection) {
  DOCMILL_TRY(std::int64_t id, read_number(connection, "PRAGMA application_id"));
  if (id == kApplicationId) return {};
  DOCMILL_TRY(std::int64_t tables, read_number(connection, "SELECT count(*) FROM sqlite_schema"));
  if (id != 0 || (tables != 0 && id != kApplicationId))
    return fail(ErrorCode::kCorruptData,
                "the file is another program's database; choose another data folder");
  std::string script =
      "CREATE TABLE schemas(component TEXT PRIMARY KEY, version INTEGER NOT NULL);"
      "PRAGMA application_id=" +
      std::to_string(kApplicationId) + "; PRAGMA user_version=1;";
  return connection.execute(script.c_str());
}

// Runs `body` between BEGIN IMMEDIATE and COMMIT; everything is undone when it fails.
template <typename Body>
Status in_transaction(Connection& connection, Body body) {
  DOCMILL_TRY_VOID(connection.execute("BEGIN IMMEDIATE"));
  Status status = body();
  if (status) status = connection.execute("COMMIT");
  if (!status && connection.in_transaction()) (void)connection.execute("ROLLBACK");
  return status;
}

Status call(const std::function<Status(Transaction&)>& work, Transaction& transaction) {
  try {
    return work(transaction);
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::kInternal, std::string("a database call threw: ") + thrown.what());
  }
}

}  // namespace

struct Database::State {
  // One call of `write`. Touched by the writer's thread only, once it is in `pending`.
  struct Write {
    Context context;
    Work work;
    Status result;
    bool done = false;
  };

  explicit State(DatabaseSettings given)
      : settings(std::move(given)),
        // The limits are counted by us; the pools themselves never refuse.
        writer_pool(1, SIZE_MAX),
        reader_pool(static_cast<std::size_t>(settings.read_threads), SIZE_MAX) {}

  std::vector<std::shared_ptr<Write>> take_group();
  void commit_group();
  Status run_group(std::vector<std::shared_ptr<Write>>& group, int& messages);
  Status run_one(Write& write, int& messages);
  Status read(const Work& work);
  Result<std::unique_ptr<Connection>> borrow_reader();

  DatabaseSettings settings;
  WaitList message_waiters;
  std::unique_ptr<Connection> writer;  // used on the writer's thread only, after open
  std::mutex mutex;
  std::vector<std::shared_ptr<Write>> pending;       // under mutex
  std::vector<std::unique_ptr<Connection>> readers;  // idle ones, under mutex
  std::atomic<int> writes_waiting = 0;
  std::atomic<int> reads_waiting = 0;
  // Last, so that their threads end before what they use.
  BlockingPool writer_pool;
  BlockingPool reader_pool;
};

std::vector<std::shared_ptr<Database::State::Write>> Database::State::take_group() {
  std::scoped_lock lock(mutex);
  auto count = std::min(pending.size(), static_cast<std::size_t>(settings.group_max));
  auto end = pending.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<std::shared_ptr<Write>> group(std::make_move_iterator(pending.begin()),
                                            std::make_move_iterator(end));
  pending.erase(pending.begin(), end);
  return group;
}

Status Database::State::run_one(Write& write, int& messages) {
  if (Status wanted = write.context.check(); !wanted) return wanted;
  DOCMILL_TRY_VOID(writer->execute("SAVEPOINT one"));
  Transaction transaction(*writer);
  Status status = call(write.work, transaction);
  if (status) {
    messages += transaction.messages_;
    return writer->execute("RELEASE one");
  }
  // After some errors SQLite has rolled back everything, savepoints included.
  if (writer->in_transaction()) {
    DOCMILL_TRY_VOID(writer->execute("ROLLBACK TO one"));
    DOCMILL_TRY_VOID(writer->execute("RELEASE one"));
  }
  return status;
}

// An error is one of the whole group: nothing of it was committed.
Status Database::State::run_group(std::vector<std::shared_ptr<Write>>& group, int& messages) {
  return in_transaction(*writer, [&]() -> Status {
    for (auto& write : group) {
      write->result = run_one(*write, messages);
      if (!writer->in_transaction())
        return write->result ? fail(ErrorCode::kInternal, "a database call ended the transaction")
                             : write->result;
    }
    return {};
  });
}

void Database::State::commit_group() {
  auto group = take_group();
  int messages = 0;
  Status status = run_group(group, messages);
  for (auto& write : group) {
    if (!status && write->result) write->result = status;
    write->done = true;
  }
  if (status && messages > 0) message_waiters.wake(messages);
}

Result<std::unique_ptr<Connection>> Database::State::borrow_reader() {
  {
    std::scoped_lock lock(mutex);
    if (!readers.empty()) {
      auto reader = std::move(readers.back());
      readers.pop_back();
      return reader;
    }
  }
  return Connection::open({.path = settings.path,
                           .durable = settings.durable,
                           .read_only = true,
                           .busy_timeout = settings.busy_timeout});
}

Status Database::State::read(const Work& work) {
  DOCMILL_TRY(auto reader, borrow_reader());
  DOCMILL_TRY_VOID(reader->execute("BEGIN"));
  Transaction transaction(*reader);
  Status status = call(work, transaction);
  // A reader that cannot end its snapshot is not used again.
  if (!reader->execute("COMMIT")) return status;
  std::scoped_lock lock(mutex);
  readers.push_back(std::move(reader));
  return status;
}

Result<std::unique_ptr<Database>> Database::open(DatabaseSettings settings) {
  auto state = std::make_unique<State>(settings);
  DOCMILL_TRY(state->writer, Connection::open({.path = settings.path,
                                               .durable = settings.durable,
                                               .busy_timeout = settings.busy_timeout}));
  DOCMILL_TRY_VOID(in_transaction(*state->writer,
                                  [&]() -> Status { return create_schema_table(*state->writer); }));
  return std::unique_ptr<Database>(new Database(std::move(state)));
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::~Database() = default;

WaitList& Database::message_waiters() { return state_->message_waiters; }

Status Database::migrate(const Schema& schema) {
  // Its own connection: the writer's belongs to the writer's thread.
  DOCMILL_TRY(auto connection, Connection::open({.path = state_->settings.path,
                                                 .durable = state_->settings.durable,
                                                 .busy_timeout = state_->settings.busy_timeout}));
  auto newest = static_cast<std::int64_t>(schema.steps.size());
  return in_transaction(*connection, [&]() -> Status {
    Transaction transaction(*connection);
    std::int64_t version = 0;
    {
      Statement find = transaction.prepare("SELECT version FROM schemas WHERE component=?");
      DOCMILL_TRY(bool known, find.bind(schema.component).step());
      if (known) version = find.integer(0);
    }
    if (version > newest)
      return fail(ErrorCode::kConflict,
                  "the data folder was written by a newer docmill; use that one");
    for (auto step = version; step < newest; ++step)
      DOCMILL_TRY_VOID(connection->execute(schema.steps[static_cast<std::size_t>(step)].c_str()));
    DOCMILL_TRY_VOID(
        transaction.run("INSERT INTO schemas(component, version) VALUES(?, ?)"
                        " ON CONFLICT(component) DO UPDATE SET version=excluded.version",
                        schema.component, newest));
    return {};
  });
}

// Each waiting call has one job on the writer's thread. The first to run commits everything that
// was submitted until then; the jobs of the others find their work done and only deliver the
// result.
Task<void> Database::submit_write(Context context, Work work) {
  State* state = state_.get();
  DOCMILL_CO_TRY_VOID(context.check());
  if (state->writes_waiting.fetch_add(1) >= state->settings.writes_max) {
    state->writes_waiting.fetch_sub(1);
    co_return fail(ErrorCode::kRateLimited, "too many database writes wait; try again later");
  }
  auto write = std::make_shared<State::Write>(context, std::move(work), Status());
  {
    std::scoped_lock lock(state->mutex);
    state->pending.push_back(write);
  }
  // Under a context that is never cancelled: from here on the write may happen, and its result
  // counts.
  Status result =
      co_await state->writer_pool.run(Context::background(), [state, write]() -> Status {
        while (!write->done) state->commit_group();
        state->writes_waiting.fetch_sub(1);
        return std::move(write->result);
      });
  co_return result;
}

Task<void> Database::submit_read(Context context, Work work) {
  State* state = state_.get();
  if (state->reads_waiting.fetch_add(1) >= state->settings.writes_max) {
    state->reads_waiting.fetch_sub(1);
    co_return fail(ErrorCode::kRateLimited, "too many database reads wait; try again later");
  }
  Status result = co_await state->reader_pool.run(
      context, [state, work = std::move(work)]() -> Status { return state->read(work); });
  state->reads_waiting.fetch_sub(1);
  co_return result;
}

}  // namespace docmill::embedded
