// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "async/blocking_pool.h"
#include "async/context.h"
#include "async/task.h"

namespace docmill {

struct RuntimeSettings {
  int io_threads = 1;        // threads that run coroutines and sockets
  int blocking_threads = 4;  // threads for files, SQLite and inference
  std::size_t blocking_queued_max = 4096;
};

// The threads of a program: made first, destroyed last. Programs make one; tests make their own.
class Runtime {
 public:
  explicit Runtime(RuntimeSettings settings);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  boost::asio::any_io_executor executor();
  BlockingPool& blocking();

  // Runs `task` to its end while the calling thread waits. Not from a runtime thread.
  template <typename T>
  Result<T> run(Task<T> task);

 private:
  struct State;
  void run_void(boost::asio::awaitable<void> task);
  std::unique_ptr<State> state_;
};

namespace internal {
template <typename T>
boost::asio::awaitable<void> store_result(Task<T> task, std::optional<Result<T>>& out) {
  out.emplace(co_await std::move(task));
}
}  // namespace internal

template <typename T>
Result<T> Runtime::run(Task<T> task) {
  std::optional<Result<T>> out;
  run_void(internal::store_result<T>(std::move(task), out));
  return std::move(*out);
}

}  // namespace docmill
