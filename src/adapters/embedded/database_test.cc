// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/database.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "async/runtime.h"
#include "async/task_group.h"
#include "support/temp_dir.h"

namespace docmill::embedded {
namespace {

using testing::TempDir;

const Schema kNumbers{"numbers", {"CREATE TABLE numbers(value INTEGER UNIQUE)"}};

class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() { open(); }

  void open() {
    database_.reset();
    auto opened = Database::open({.path = dir_.file("test.db")});
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = std::move(*opened);
    ASSERT_TRUE(database_->migrate(kNumbers));
  }

  Task<void> insert(std::int64_t value) {
    co_return co_await database_->write<void>(Context::background(), [value](Transaction& t) {
      return t.execute("INSERT INTO numbers VALUES(?)", value);
    });
  }

  Task<void> insert_and_count(std::int64_t value, std::atomic<int>& failures) {
    Status status = co_await insert(value);
    if (!status) ++failures;
    co_return Status();
  }

  Task<std::int64_t> count() {
    return database_->read<std::int64_t>(
        Context::background(), [](Transaction& t) -> Result<std::int64_t> {
          Statement all = t.prepare("SELECT count(*) FROM numbers");
          DOCMILL_TRY_VOID(all.step());
          return all.integer(0);
        });
  }

  TempDir dir_;
  Runtime runtime_{{.io_threads = 2}};
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, WriteIsSeenByTheNextRead) {
  ASSERT_TRUE(runtime_.run(insert(7)));
  EXPECT_EQ(runtime_.run(count()), 1);
}

TEST_F(DatabaseTest, FailedWriteUndoesOnlyItself) {
  TaskGroup group(runtime_.executor(), Context::background());
  std::atomic<int> failures = 0;
  for (int i = 0; i < 100; ++i) {
    group.spawn("insert", insert_and_count(i, failures));
    // Every tenth value comes twice: one of the pair fails, in the midst of its group.
    if (i % 10 == 0) group.spawn("insert again", insert_and_count(i, failures));
  }
  ASSERT_TRUE(runtime_.run(group.join()));
  EXPECT_EQ(failures, 10);
  EXPECT_EQ(runtime_.run(count()), 100);
}

TEST_F(DatabaseTest, ErrorOfTheFunctionReachesTheCaller) {
  auto result =
      runtime_.run(database_->write<int>(Context::background(), [](Transaction& t) -> Result<int> {
        DOCMILL_TRY_VOID(t.execute("INSERT INTO numbers VALUES(1)"));
        return fail(ErrorCode::kConflict, "planned");
      }));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kConflict);
  EXPECT_EQ(runtime_.run(count()), 0);
}

TEST_F(DatabaseTest, ThrowingFunctionIsAnErrorAndUndone) {
  auto result =
      runtime_.run(database_->write<int>(Context::background(), [](Transaction& t) -> Result<int> {
        DOCMILL_TRY_VOID(t.run("INSERT INTO numbers VALUES(1)"));
        throw std::bad_alloc();
      }));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInternal);
  EXPECT_EQ(runtime_.run(count()), 0);
}

TEST_F(DatabaseTest, CancelledWriteDoesNotHappen) {
  Context context = Context::background();
  context.cancel();
  auto result = runtime_.run(database_->write<void>(
      context, [](Transaction& t) { return t.execute("INSERT INTO numbers VALUES(1)"); }));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(runtime_.run(count()), 0);
}

TEST_F(DatabaseTest, TwoProcessesWriteTheSameFile) {
  auto other = Database::open({.path = dir_.file("test.db")});
  ASSERT_TRUE(other);
  TaskGroup group(runtime_.executor(), Context::background());
  for (int i = 0; i < 200; ++i) {
    group.spawn("here", insert(i));
    group.spawn("there", (*other)->write<void>(Context::background(), [i](Transaction& t) {
      return t.execute("INSERT INTO numbers VALUES(?)", 1000 + i);
    }));
  }
  ASSERT_TRUE(runtime_.run(group.join()));
  EXPECT_EQ(runtime_.run(count()), 400);
}

TEST_F(DatabaseTest, AcknowledgedWritesSurviveTheDeathOfTheProcess) {
  int acknowledged[2];
  ASSERT_EQ(pipe(acknowledged), 0);
  database_.reset();
  pid_t child = fork();
  if (child == 0) {
    Runtime runtime({});
    auto database = Database::open({.path = dir_.file("test.db")});
    for (std::int64_t i = 0; database; ++i) {
      auto written =
          runtime.run((*database)->write<void>(Context::background(), [i](Transaction& t) {
            return t.execute("INSERT INTO numbers VALUES(?)", i);
          }));
      if (!written || write(acknowledged[1], &i, sizeof i) != sizeof i || i == 57) _exit(0);
    }
    _exit(1);
  }
  close(acknowledged[1]);
  std::int64_t number = 0;
  std::int64_t numbers = 0;
  while (read(acknowledged[0], &number, sizeof number) == sizeof number) ++numbers;
  close(acknowledged[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  open();
  EXPECT_EQ(numbers, 58);
  EXPECT_EQ(runtime_.run(count()), numbers);
}

TEST_F(DatabaseTest, DestructionFinishesAcceptedWrites) {
  TaskGroup group(runtime_.executor(), Context::background());
  for (int i = 0; i < 50; ++i) group.spawn("insert", insert(i));
  while (runtime_.run(count()) == 0) {
  }
  ASSERT_TRUE(runtime_.run(group.join()));
  open();
  EXPECT_EQ(runtime_.run(count()), 50);
}

TEST_F(DatabaseTest, MigrationRunsOnlyNewSteps) {
  Schema longer = kNumbers;
  longer.steps.push_back("ALTER TABLE numbers ADD COLUMN note TEXT");
  ASSERT_TRUE(runtime_.run(insert(1)));
  ASSERT_TRUE(database_->migrate(longer));
  ASSERT_TRUE(database_->migrate(longer));
  EXPECT_EQ(runtime_.run(count()), 1);
  auto older = database_->migrate(kNumbers);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, ErrorCode::kConflict);
}

TEST_F(DatabaseTest, FailedMigrationLeavesTheOldVersion) {
  Schema broken = kNumbers;
  broken.steps.push_back("CREATE TABLE other(x); CREATE TABLE numbers(x)");
  EXPECT_FALSE(database_->migrate(broken));
  ASSERT_TRUE(database_->migrate(kNumbers));
}

TEST_F(DatabaseTest, DamagedFileIsCorruptData) {
  std::ofstream(dir_.file("damaged.db")) << std::string(8192, 'x');
  auto opened = Database::open({.path = dir_.file("damaged.db")});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorruptData);
}

TEST_F(DatabaseTest, FullDiskIsUnavailableWithItsReason) {
  // A page limit makes SQLite answer as it does on a full disk.
  auto result =
      runtime_.run(database_->write<void>(Context::background(), [](Transaction& t) -> Status {
        Statement limit = t.prepare("PRAGMA max_page_count=1");
        DOCMILL_TRY_VOID(limit.step());
        return t.execute(
            "CREATE TABLE large AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
            " SELECT i+1 FROM n LIMIT 10000) SELECT i, hex(randomblob(100)) FROM n");
      }));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(result.error().reason, "disk_full");
}

TEST_F(DatabaseTest, WritesBeyondTheLimitAreRefused) {
  auto small = Database::open({.path = dir_.file("small.db"), .writes_max = 0});
  ASSERT_TRUE(small);
  auto result = runtime_.run(
      (*small)->write<void>(Context::background(), [](Transaction&) { return Status(); }));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kRateLimited);
}

TEST_F(DatabaseTest, ReaderCannotWrite) {
  auto result = runtime_.run(database_->read<void>(Context::background(), [](Transaction& t) {
    return t.execute("INSERT INTO numbers VALUES(1)");
  }));
  EXPECT_FALSE(result);
}

}  // namespace
}  // namespace docmill::embedded
