// SPDX-License-Identifier: Apache-2.0
#include "async/context.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>

namespace docmill {

struct Context::State {
  std::atomic<bool> cancelled = false;
  // Recursive: a callback may drop registrations of the same context.
  std::recursive_mutex mutex;
  std::list<std::function<void()>> callbacks;
  Registration from_parent;
};

Context Context::background() {
  Context context;
  context.state_ = std::make_shared<State>();
  return context;
}

Context Context::child() const {
  Context context = *this;
  context.state_ = std::make_shared<State>();
  // Weak: a parent that lives long must not keep every child alive.
  context.state_->from_parent = on_cancel([weak = std::weak_ptr<State>(context.state_)] {
    if (auto state = weak.lock()) {
      Context self;
      self.state_ = std::move(state);
      self.cancel();
    }
  });
  return context;
}

Context Context::with_deadline(SteadyTime deadline) const {
  Context context = *this;
  context.deadline_ = deadline_ ? std::min(*deadline_, deadline) : deadline;
  return context;
}

Context Context::with_timeout(Milliseconds timeout) const {
  return with_deadline(system_clock().steady_now() + timeout);
}

Context Context::with_request_id(std::string request_id) const {
  Context context = *this;
  context.request_id_ = std::move(request_id);
  return context;
}

void Context::cancel() const {
  std::unique_lock lock(state_->mutex);
  if (state_->cancelled.exchange(true)) return;
  std::list<std::function<void()>> callbacks;
  callbacks.swap(state_->callbacks);
  // Called under the lock so that a Registration dropped elsewhere waits for its running callback.
  for (auto& callback : callbacks) callback();
}

bool Context::cancelled() const { return state_->cancelled.load(std::memory_order_acquire); }

Status Context::check() const {
  if (cancelled()) return fail(ErrorCode::kCancelled, "the caller no longer wants this");
  if (deadline_ && system_clock().steady_now() >= *deadline_)
    return fail(ErrorCode::kDeadlineExceeded, "the deadline of this call has passed");
  return {};
}

Milliseconds Context::remaining(Milliseconds otherwise) const {
  if (!deadline_) return otherwise;
  auto left = std::chrono::ceil<Milliseconds>(*deadline_ - system_clock().steady_now());
  return std::max(left, Milliseconds(0));
}

Context::Registration Context::on_cancel(std::function<void()> callback) const {
  std::unique_lock lock(state_->mutex);
  if (state_->cancelled) {
    lock.unlock();
    callback();
    return {};
  }
  auto position = state_->callbacks.insert(state_->callbacks.end(), std::move(callback));
  auto release = [state = state_, position](void*) {
    std::scoped_lock guard(state->mutex);
    // After a cancel the list was taken away and the iterator is spent.
    if (!state->cancelled) state->callbacks.erase(position);
  };
  return Registration(std::shared_ptr<void>(state_.get(), std::move(release)));
}

}  // namespace docmill
