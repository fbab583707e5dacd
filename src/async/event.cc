// SPDX-License-Identifier: Apache-2.0
#include "async/event.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <utility>
#include <vector>

namespace docmill {

namespace asio = boost::asio;

namespace {

using Timer = std::shared_ptr<asio::steady_timer>;

// The timer's executor is the waiting coroutine's own strand, so this runs after its wait began.
void wake(const Timer& timer) {
  asio::post(timer->get_executor(), [timer] { timer->cancel(); });
}

}  // namespace

struct Event::State {
  std::mutex mutex;
  bool pending = false;
  std::vector<Timer> waiters;
};

Event::Event() : state_(std::make_shared<State>()) {}

void Event::notify() const {
  std::scoped_lock lock(state_->mutex);
  state_->pending = state_->waiters.empty();
  for (const Timer& timer : state_->waiters) wake(timer);
  state_->waiters.clear();
}

Task<void> Event::wait(Context context) const {
  auto state = state_;
  auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor,
                                                    context.deadline().value_or(SteadyTime::max()));
  {
    std::scoped_lock lock(state->mutex);
    if (std::exchange(state->pending, false)) co_return Status();
    state->waiters.push_back(timer);
  }
  auto registration = context.on_cancel([timer] { wake(timer); });
  boost::system::error_code ignored;
  co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  bool notified;
  {
    std::scoped_lock lock(state->mutex);
    notified = std::erase(state->waiters, timer) == 0;
  }
  if (notified) co_return Status();
  co_return context.check();
}

}  // namespace docmill
