// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "base/clock.h"

namespace docmill::http {

// Calls back when a deadline passes that is moved all the time. Moving it later touches no timer:
// the one that is armed looks at the deadline when it fires. Used on one strand; module-internal.
class LazyTimer : public std::enable_shared_from_this<LazyTimer> {
 public:
  LazyTimer(boost::asio::any_io_executor strand, std::function<void()> expired)
      : strand_(strand), timer_(strand), expired_(std::move(expired)) {}

  void set(SteadyTime deadline) {
    deadline_ = deadline;
    if (deadline_ < armed_at_) arm();
  }
  void set_after(Milliseconds timeout) { set(std::chrono::steady_clock::now() + timeout); }
  void clear() { deadline_ = SteadyTime::max(); }

  // No call back after this. Breaks the ring of owner and callback.
  void stop() {
    expired_ = nullptr;
    timer_.cancel();
  }

 private:
  void arm() {
    armed_at_ = deadline_;
    timer_.expires_at(deadline_);  // cancels an earlier wait
    timer_.async_wait(boost::asio::bind_executor(
        strand_, [self = shared_from_this()](const boost::system::error_code& error) {
          if (!error) self->fired();
        }));
  }

  void fired() {
    armed_at_ = SteadyTime::max();
    if (!expired_ || deadline_ == SteadyTime::max()) return;
    if (std::chrono::steady_clock::now() < deadline_) return arm();
    deadline_ = SteadyTime::max();
    expired_();
  }

  boost::asio::any_io_executor strand_;
  boost::asio::steady_timer timer_;
  std::function<void()> expired_;
  SteadyTime deadline_ = SteadyTime::max();
  SteadyTime armed_at_ = SteadyTime::max();
};

}  // namespace docmill::http
