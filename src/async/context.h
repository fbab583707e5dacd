// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace docmill {

// What every outward call is given first, by value: who asks (request id), until when (deadline)
// and whether it is still wanted (cancellation). A child may only shorten its parent's deadline,
// and is cancelled with it. Cheap to copy; thread-safe.
class Context {
 public:
  // Keeps a cancellation callback registered; dropping it removes the callback and waits for one
  // that is running on another thread.
  class Registration {
   public:
    Registration() = default;
    explicit Registration(std::shared_ptr<void> keep) : keep_(std::move(keep)) {}

   private:
    std::shared_ptr<void> keep_;
  };

  // No deadline, never cancelled: the root of a program or a test.
  static Context background();

  // A child with its own cancellation.
  Context child() const;
  Context with_deadline(SteadyTime deadline) const;
  Context with_timeout(Milliseconds timeout) const;  // from now, by the system's steady clock
  Context with_request_id(std::string request_id) const;

  // Cancels this context and its children; callbacks run on this thread. Idempotent.
  void cancel() const;
  bool cancelled() const;

  // cancelled or deadline_exceeded when the work is no longer wanted; call before costly steps.
  Status check() const;

  std::optional<SteadyTime> deadline() const { return deadline_; }
  // Time left, at least zero; `otherwise` when there is no deadline.
  Milliseconds remaining(Milliseconds otherwise) const;
  const std::string& request_id() const { return request_id_; }

  // Runs `callback` once on cancel (at once if already cancelled), from the cancelling thread.
  Registration on_cancel(std::function<void()> callback) const;

 private:
  struct State;
  Context() = default;
  std::shared_ptr<State> state_;
  std::optional<SteadyTime> deadline_;
  std::string request_id_;
};

}  // namespace docmill
