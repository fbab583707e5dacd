// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "async/context.h"
#include "async/task.h"

namespace docmill {

// Owns background coroutines: whatever runs without being awaited runs in a group, which cancels,
// joins and reports it. Must be joined before it is destroyed. Thread-safe.
class TaskGroup {
 public:
  // Children run on `executor` under a child of `context`.
  TaskGroup(boost::asio::any_io_executor executor, Context context);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Give this to the children, so that `cancel` reaches them.
  const Context& context() const;

  // Starts `task` on its own strand of the group's executor. An error other than cancelled is
  // logged under `name` and kept for `join`.
  void spawn(std::string name, Task<void> task);

  // Cancels the group's context; children notice it at their next await or check.
  void cancel();

  std::size_t running() const;

  // Waits until every child ended; the first error (cancelled excepted) or success.
  Task<void> join();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Waits for `duration`; cancelled as soon as the context is, deadline_exceeded when it passes
// first.
Task<void> sleep_for(Context context, Milliseconds duration);

}  // namespace docmill
