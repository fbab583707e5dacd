// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <type_traits>

#include "async/context.h"
#include "async/task.h"

namespace docmill {

// Threads for calls that block: files, SQLite, inference. I/O threads never do these themselves.
// Bounded: beyond `queued_max` waiting calls `run` answers rate_limited instead of growing.
class BlockingPool {
 public:
  BlockingPool(std::size_t threads, std::size_t queued_max)
      : pool_(threads), queued_max_(queued_max) {}
  ~BlockingPool() { stop(); }

  // Runs `work` (a callable that returns Result<T>) on a pool thread and resumes the caller on its
  // own executor. Checks the context before starting; running work is not interrupted, so long work
  // polls the context itself.
  template <typename Work>
  auto run(Context context, Work work) -> boost::asio::awaitable<std::invoke_result_t<Work&>> {
    using Outcome = std::invoke_result_t<Work&>;
    if (Status wanted = context.check(); !wanted) co_return std::unexpected(wanted.error());
    if (queued_.fetch_add(1) >= queued_max_) {
      queued_.fetch_sub(1);
      co_return fail(ErrorCode::kRateLimited, "too many blocking calls wait; try again later");
    }
    auto outcome = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&,
                                                        void(std::shared_ptr<Outcome>)>(
        [this, &work](auto handler) {
          boost::asio::post(
              pool_, [this, work = std::move(work), handler = std::move(handler)]() mutable {
                auto result = std::make_shared<Outcome>(work());
                queued_.fetch_sub(1);
                auto executor = boost::asio::get_associated_executor(handler);
                boost::asio::post(
                    executor, [handler = std::move(handler), result = std::move(result)]() mutable {
                      std::move(handler)(std::move(result));
                    });
              });
        },
        boost::asio::use_awaitable);
    co_return std::move(*outcome);
  }

  // Waits for running work and refuses nothing that was accepted. Called last in the shutdown
  // order.
  void stop() { pool_.wait(); }

 private:
  boost::asio::thread_pool pool_;
  std::atomic<std::size_t> queued_ = 0;
  std::size_t queued_max_;
};

}  // namespace docmill
