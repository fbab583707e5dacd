// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <mutex>
#include <optional>

#include "async/context.h"

namespace docmill::embedded {

// Coroutines of this process that wait for something to be committed. A waiter sleeps under a
// context of its own, and waking is cancelling that context. Thread-safe.
class WaitList {
 public:
  // A child of `context` that `wake` cancels once. Join before the last look at the database, so
  // that a commit in between is not missed.
  Context join(Context context) {
    std::scoped_lock lock(mutex_);
    forget_cancelled();
    waiters_.push_back(context.child());
    return waiters_.back();
  }

  // Takes a waiter off that no longer waits; one that was woken in the meantime passes the wake-up
  // on.
  void leave(Context waiter, bool used) {
    bool woken = waiter.cancelled();
    waiter.cancel();
    if (woken && !used) wake(1);
  }

  // Wakes up to `count` waiters, those that wait longest first.
  void wake(int count) {
    while (count > 0) {
      std::optional<Context> next;
      {
        std::scoped_lock lock(mutex_);
        forget_cancelled();
        if (waiters_.empty()) return;
        next = std::move(waiters_.front());
        waiters_.pop_front();
      }
      next->cancel();
      --count;
    }
  }

 private:
  void forget_cancelled() {
    while (!waiters_.empty() && waiters_.front().cancelled()) waiters_.pop_front();
  }

  std::mutex mutex_;
  std::deque<Context> waiters_;
};

}  // namespace docmill::embedded
