// SPDX-License-Identifier: Apache-2.0
#include "confine/pool.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "async/runtime.h"
#include "async/task_group.h"

namespace docmill::confine {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const std::string kProgram = DOCMILL_BIN_DIR "/confine_test_worker";

PoolSettings settings() {
  return {.program = kProgram, .workers = 1, .memory_bytes_max = 256ULL << 20};
}

int open_descriptors() {
  int count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder)) ++count;
  closedir(folder);
  return count;
}

bool has_children() { return waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

// True when process `pid` ends within five seconds. A poll without descriptors is a bounded wait.
bool ends(pid_t pid) {
  for (int tick = 0; tick < 500; ++tick) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line) || line.find(") Z ") != std::string::npos) return true;
    poll(nullptr, 0, 10);
  }
  return false;
}

class PoolTest : public testing::Test {
 protected:
  void start(PoolSettings pool_settings) {
    auto pool =
        Pool::create(std::move(pool_settings), runtime_.executor(), runtime_.blocking(), metrics_);
    ASSERT_TRUE(pool) << pool.error().message;
    pool_ = std::move(*pool);
  }
  Result<std::string> run(std::string header, std::string bytes = {},
                          Context context = Context::background()) {
    return runtime_.run(pool_->run(context, {std::move(header), std::move(bytes)}));
  }
  void expect_failure(const std::string& command, ErrorCode code, std::string_view reason) {
    auto reply = run(command);
    ASSERT_FALSE(reply) << command;
    EXPECT_EQ(reply.error().code, code) << command << ": " << reply.error().message;
    EXPECT_EQ(reply.error().reason, reason) << command << ": " << reply.error().message;
    auto next = run("echo", "next");
    ASSERT_TRUE(next) << "after " << command << ": " << next.error().message;
    EXPECT_EQ(*next, "next");
  }

  Runtime runtime_{{}};
  Metrics metrics_{pool_metrics()};
  std::unique_ptr<Pool> pool_;
};

TEST_F(PoolTest, SelfTestProvesAFullSandboxWhereTheKernelHasLandlock) {
  start(settings());
  EXPECT_NE(pool_->sandbox_level(), SandboxLevel::kNone);
  if (std::ifstream lsm("/sys/kernel/security/lsm"); lsm) {
    std::string modules;
    std::getline(lsm, modules);
    if (modules.find("landlock") != std::string::npos) {
      EXPECT_EQ(pool_->sandbox_level(), SandboxLevel::kFull);
    }
  }
}

TEST_F(PoolTest, NothingThatAHostileParserTriesSucceeds) {
  start(settings());
  auto reply = run("escape");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_THAT(*reply, Not(HasSubstr("=0 "))) << *reply;
  EXPECT_THAT(*reply, HasSubstr("open=1 "));
}

TEST_F(PoolTest, WorkerHasOnlyItsSocketAndTheDocument) {
  start(settings());
  EXPECT_EQ(run("descriptors").value_or("?"), "0 1 2 3 ");
  EXPECT_EQ(run("environment").value_or("?"), "");
}

TEST_F(PoolTest, BytesAndReplyGoThroughWhole) {
  start(settings());
  std::string bytes(5'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 2654435761U >> 24);
  EXPECT_EQ(run("echo", bytes).value_or(""), bytes);
  EXPECT_EQ(run("echo").value_or("?"), "");
  EXPECT_EQ(run("write_document", "original").value_or("?"), "!");
}

TEST_F(PoolTest, ErrorsOfTheHandlerComeBackTyped) {
  start(settings());
  expect_failure("error", ErrorCode::kCorruptData, "malformed");
  expect_failure("throw", ErrorCode::kInternal, "parser_exception");
  EXPECT_THAT(run("throw").error().message, Not(HasSubstr("secret")));
}

TEST_F(PoolTest, CrashesCostOneDocument) {
  start(settings());
  expect_failure("crash", ErrorCode::kCorruptData, "parser_crashed");
  EXPECT_THAT(run("crash").error().message, HasSubstr("signal 11"));
  expect_failure("exit", ErrorCode::kCorruptData, "parser_crashed");
}

TEST_F(PoolTest, HangsEndAtTheWallLimit) {
  auto with_limit = settings();
  with_limit.wall_limit = 150ms;
  start(with_limit);
  expect_failure("sleep", ErrorCode::kDeadlineExceeded, "limit_wall_time");
}

TEST_F(PoolTest, LoopsEndAtTheProcessorLimit) {
  auto with_limit = settings();
  with_limit.cpu_limit = 100ms;
  start(with_limit);
  expect_failure("spin", ErrorCode::kDeadlineExceeded, "limit_cpu_time");
}

TEST_F(PoolTest, MemoryLimitIsNamedWhoeverNoticesIt) {
#ifdef DOCMILL_SANITIZED
  GTEST_SKIP() << "sanitizers need more address space than any limit allows";
#endif
  start(settings());
  expect_failure("fill", ErrorCode::kTooLarge, "limit_memory");
  expect_failure("fill_in_c", ErrorCode::kTooLarge, "limit_memory");
  expect_failure("fill_and_abort", ErrorCode::kTooLarge, "limit_memory");
}

TEST_F(PoolTest, RepliesAreCappedAndChecked) {
  auto with_limit = settings();
  with_limit.reply_bytes_max = 4 << 20;
  start(with_limit);
  expect_failure("flood", ErrorCode::kTooLarge, "limit_reply_bytes");
  expect_failure("garbage", ErrorCode::kCorruptData, "worker_protocol");
}

TEST_F(PoolTest, UnaskedFramesEndTheWorkerAndReachNoOtherDocument) {
  start(settings());
  static_cast<void>(run("unasked"));
  EXPECT_EQ(run("echo", "mine").value_or("?"), "mine");
}

TEST_F(PoolTest, WorkerThatDiedIdleIsReplacedUnnoticed) {
  start(settings());
  const auto pid = static_cast<pid_t>(std::stoi(run("pid").value_or("0")));
  ASSERT_GT(pid, 0);
  kill(pid, SIGKILL);
  ASSERT_TRUE(ends(pid));
  EXPECT_EQ(run("echo", "again").value_or("?"), "again");
}

TEST_F(PoolTest, RecyclesAfterItsDocuments) {
  auto recycling = settings();
  recycling.recycle_after_documents = 2;
  start(recycling);
  const auto first = run("pid").value_or("?");
  EXPECT_EQ(run("pid").value_or("?"), first);
  EXPECT_NE(run("pid").value_or("?"), first);
}

TEST_F(PoolTest, CancelKillsTheParse) {
  start(settings());
  Context context = Context::background();
  TaskGroup group(runtime_.executor(), context);
  static_cast<void>(run("echo"));
  struct Cancel {
    static Task<void> soon(Context wanted) {
      static_cast<void>(co_await sleep_for(Context::background(), 50ms));
      wanted.cancel();
      co_return Status();
    }
    static Task<void> join(TaskGroup& tasks) { co_return co_await tasks.join(); }
  };
  group.spawn("cancel", Cancel::soon(context));
  auto reply = run("sleep", {}, context);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(runtime_.run(Cancel::join(group)));
  EXPECT_EQ(run("echo", "next").value_or("?"), "next");
}

// Starts calls of `command` at once and counts how they end.
struct Crowd {
  static Task<void> one(Pool& pool, std::string command, std::atomic<int>& good,
                        std::atomic<int>& refused, std::atomic<int>& other) {
    auto reply = co_await pool.run(Context::background(), {command, "x"});
    if (reply) {
      ++good;
    } else {
      ++(reply.error().code == ErrorCode::kRateLimited ? refused : other);
    }
    co_return Status();
  }
  static Task<void> join(TaskGroup& tasks) { co_return co_await tasks.join(); }
};

TEST_F(PoolTest, ManyCallsShareTheWorkersAndTheQueueIsBounded) {
  auto small = settings();
  small.workers = 2;
  small.queued_max = 10;
  start(small);
  std::atomic<int> good = 0, refused = 0, other = 0;
  TaskGroup group(runtime_.executor(), Context::background());
  for (int i = 0; i < 40; ++i) {
    group.spawn("call", Crowd::one(*pool_, "echo", good, refused, other));
  }
  EXPECT_TRUE(runtime_.run(Crowd::join(group)));
  EXPECT_GE(good, 12);
  EXPECT_EQ(good + refused, 40);
  EXPECT_EQ(other, 0);
}

TEST_F(PoolTest, StopCancelsRunningAndWaitingCalls) {
  start(settings());
  std::atomic<int> good = 0, refused = 0, other = 0;
  TaskGroup group(runtime_.executor(), Context::background());
  for (int i = 0; i < 3; ++i) {
    group.spawn("call", Crowd::one(*pool_, "sleep", good, refused, other));
  }
  pool_->stop();
  EXPECT_TRUE(runtime_.run(Crowd::join(group)));
  EXPECT_EQ(other, 3);
  EXPECT_FALSE(has_children());
}

TEST_F(PoolTest, LeavesNoProcessAndNoDescriptor) {
  start(settings());
  static_cast<void>(run("echo"));
  const int before = open_descriptors();
  for (int i = 0; i < 5; ++i) {
    for (const char* command : {"echo", "crash", "error", "garbage"}) {
      static_cast<void>(run(command));
    }
  }
  static_cast<void>(run("echo"));
  EXPECT_EQ(open_descriptors(), before);
  pool_.reset();
  EXPECT_LT(open_descriptors(), before);
  EXPECT_FALSE(has_children());
}

TEST_F(PoolTest, WorkersDieWithTheirParent) {
  int out[2];
  ASSERT_EQ(pipe(out), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  std::string program = DOCMILL_BIN_DIR "/confine_test_parent";
  std::string worker = kProgram;
  char* const arguments[] = {program.data(), worker.data(), nullptr};
  pid_t parent = 0;
  ASSERT_EQ(posix_spawn(&parent, program.c_str(), &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  char line[32] = {};
  ASSERT_GT(read(out[0], line, sizeof line - 1), 0);
  close(out[0]);
  const pid_t child = std::stoi(line);
  EXPECT_EQ(kill(child, 0), 0);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_TRUE(ends(child));
}

TEST_F(PoolTest, MissingProgramIsUnavailable) {
  auto missing = settings();
  missing.program = "/nonexistent/docmill-extract";
  auto pool = Pool::create(missing, runtime_.executor(), runtime_.blocking(), metrics_);
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().code, ErrorCode::kUnavailable);
}

TEST_F(PoolTest, ProgramThatIsNoWorkerIsUnavailable) {
  auto wrong = settings();
  wrong.program = "/bin/true";
  auto pool = Pool::create(wrong, runtime_.executor(), runtime_.blocking(), metrics_);
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().code, ErrorCode::kUnavailable);
}

TEST_F(PoolTest, UnconfinedWorkersAreRefusedUnlessAllowed) {
  const auto link = std::filesystem::temp_directory_path() /
                    ("docmill-" + std::to_string(getpid()) + "-unconfined");
  std::filesystem::create_symlink(kProgram, link);
  auto open = settings();
  open.program = link;
  start(open);
  EXPECT_EQ(pool_->sandbox_level(), SandboxLevel::kNone);
  auto refused = run("echo", "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(refused.error().reason, "sandbox_none");
  open.allow_unconfined = true;
  start(open);
  EXPECT_EQ(run("header").value_or("?"), "header");
  std::filesystem::remove(link);
}

TEST_F(PoolTest, CountsOutcomes) {
  start(settings());
  static_cast<void>(run("echo"));
  static_cast<void>(run("crash"));
  const std::string text = metrics_.prometheus_text();
  EXPECT_THAT(text, HasSubstr("docmill_confine_documents_total{outcome=\"answered\"} 1"));
  EXPECT_THAT(text, HasSubstr("docmill_confine_documents_total{outcome=\"parser_crashed\"} 1"));
}

}  // namespace
}  // namespace docmill::confine
