// SPDX-License-Identifier: Apache-2.0
#include "async/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <optional>

#include "async/event.h"
#include "base/log.h"

namespace docmill {

namespace asio = boost::asio;

struct TaskGroup::State {
  State(asio::any_io_executor group_executor, Context group_context)
      : executor(std::move(group_executor)), context(group_context.child()) {}

  asio::any_io_executor executor;
  Context context;
  mutable std::mutex mutex;
  std::size_t running = 0;
  std::optional<Error> first_error;
  Event child_ended;

  void ended(const std::string& name, const Status& status) {
    if (!status && status.error().code != ErrorCode::kCancelled)
      log_error("background task failed", status.error(), {{"task", name}});
    std::scoped_lock lock(mutex);
    if (!status && status.error().code != ErrorCode::kCancelled && !first_error)
      first_error = status.error();
    --running;
    child_ended.notify();
  }
};

TaskGroup::TaskGroup(asio::any_io_executor executor, Context context)
    : state_(std::make_shared<State>(std::move(executor), std::move(context))) {}

TaskGroup::~TaskGroup() { DOCMILL_CHECK(running() == 0); }

const Context& TaskGroup::context() const { return state_->context; }

void TaskGroup::spawn(std::string name, Task<void> task) {
  {
    std::scoped_lock lock(state_->mutex);
    ++state_->running;
  }
  asio::co_spawn(
      asio::make_strand(state_->executor), std::move(task),
      [state = state_, name = std::move(name)](std::exception_ptr thrown, Status status) {
        DOCMILL_CHECK(thrown == nullptr);
        state->ended(name, status);
      });
}

void TaskGroup::cancel() { state_->context.cancel(); }

std::size_t TaskGroup::running() const {
  std::scoped_lock lock(state_->mutex);
  return state_->running;
}

Task<void> TaskGroup::join() {
  auto state = state_;
  while (running() > 0)
    DOCMILL_CO_TRY_VOID(co_await state->child_ended.wait(Context::background()));
  std::scoped_lock lock(state->mutex);
  if (state->first_error) co_return fail(*state->first_error);
  co_return Status();
}

Task<void> sleep_for(Context context, Milliseconds duration) {
  // The coroutine's own strand: a cancel that is posted to it runs after the wait has begun.
  auto executor = co_await asio::this_coro::executor;
  SteadyTime until = system_clock().steady_now() + duration;
  bool cut = context.deadline() && *context.deadline() < until;
  auto timer = std::make_shared<asio::steady_timer>(executor, cut ? *context.deadline() : until);
  auto registration =
      context.on_cancel([timer, executor] { asio::post(executor, [timer] { timer->cancel(); }); });
  boost::system::error_code ignored;
  co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (context.cancelled()) co_return context.check();
  if (cut) co_return fail(ErrorCode::kDeadlineExceeded, "the deadline passed while waiting");
  co_return Status();
}

}  // namespace docmill
