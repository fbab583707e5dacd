// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "async/event.h"
#include "async/runtime.h"
#include "async/task_group.h"

namespace docmill {
namespace {

using namespace std::chrono_literals;

Task<int> answer(BlockingPool& pool, Context context) {
  DOCMILL_CO_TRY(int half, co_await pool.run(context, [] { return Result<int>(21); }));
  co_return half * 2;
}

Task<void> set_after_cancel(Context context, bool& noticed) {
  Status slept = co_await sleep_for(context, 1h);
  noticed = !slept && slept.error().code == ErrorCode::kCancelled;
  co_return slept;
}

Task<void> cancel_and_join(TaskGroup& group) {
  group.cancel();
  co_return co_await group.join();
}

Task<void> notify_later(Context context, Event event) {
  DOCMILL_CO_TRY_VOID(co_await sleep_for(context, 1ms));
  event.notify();
  co_return Status();
}

Task<void> wait_for_other(TaskGroup& group, Event event) {
  group.spawn("notifier", notify_later(group.context(), event));
  Status woken = co_await event.wait(group.context());
  DOCMILL_CO_TRY_VOID(co_await group.join());
  co_return woken;
}

Task<void> fails() { co_return fail(ErrorCode::kUnavailable, "planned"); }

TEST(BlockingPool, RunsWorkAndReturnsItsResult) {
  Runtime runtime({});
  auto result = runtime.run(answer(runtime.blocking(), Context::background()));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 42);
}

TEST(BlockingPool, RefusesWorkOfACancelledContext) {
  Runtime runtime({});
  Context context = Context::background();
  context.cancel();
  auto result = runtime.run(answer(runtime.blocking(), context));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

TEST(TaskGroup, CancelWakesSleepingChildrenAndJoinEnds) {
  Runtime runtime({});
  bool noticed = false;
  TaskGroup group(runtime.executor(), Context::background());
  group.spawn("sleeper", set_after_cancel(group.context(), noticed));
  EXPECT_TRUE(runtime.run(cancel_and_join(group)));
  EXPECT_TRUE(noticed);
}

TEST(TaskGroup, JoinReportsTheFirstError) {
  Runtime runtime({});
  TaskGroup group(runtime.executor(), Context::background());
  group.spawn("failing", fails());
  auto result = runtime.run(group.join());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
}

TEST(Event, WakesAWaiterOfAnotherStrand) {
  Runtime runtime({.io_threads = 2});
  TaskGroup group(runtime.executor(), Context::background());
  EXPECT_TRUE(runtime.run(wait_for_other(group, Event())));
}

TEST(Event, RemembersOneNotifyWithoutWaiters) {
  Runtime runtime({});
  Event event;
  event.notify();
  EXPECT_TRUE(runtime.run(event.wait(Context::background())));
}

TEST(Event, WaitEndsAtTheDeadlineAndOnCancel) {
  Runtime runtime({});
  Event event;
  auto late = runtime.run(event.wait(Context::background().with_timeout(1ms)));
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
  Context context = Context::background();
  context.cancel();
  EXPECT_EQ(runtime.run(event.wait(context)).error().code, ErrorCode::kCancelled);
}

TEST(Context, ChildOnlyShortensTheDeadline) {
  Context parent = Context::background().with_timeout(10ms);
  Context child = parent.with_timeout(1h);
  EXPECT_EQ(child.deadline(), parent.deadline());
}

TEST(Context, CancelReachesChildrenButNotParents) {
  Context parent = Context::background();
  Context child = parent.child();
  Context grandchild = child.child();
  child.cancel();
  EXPECT_TRUE(grandchild.cancelled());
  EXPECT_FALSE(parent.cancelled());
}

TEST(Context, DroppedRegistrationIsNotCalled) {
  Context context = Context::background();
  int calls = 0;
  {
    auto registration = context.on_cancel([&] { ++calls; });
  }
  auto kept = context.on_cancel([&] { calls += 10; });
  context.cancel();
  EXPECT_EQ(calls, 10);
}

}  // namespace
}  // namespace docmill
