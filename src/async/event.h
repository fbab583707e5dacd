// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "async/context.h"
#include "async/task.h"

namespace docmill {

// Wakes coroutines from any thread: `notify` ends the waits that run, or the next one if none does.
// Callers re-check what they wait for after each wait. Cheap to copy; copies are one event.
class Event {
 public:
  Event();
  void notify() const;
  // Success when notified; cancelled or deadline_exceeded as the context says.
  Task<void> wait(Context context) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace docmill
