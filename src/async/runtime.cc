// SPDX-License-Identifier: Apache-2.0
#include "async/runtime.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <optional>
#include <thread>
#include <vector>

namespace docmill {

namespace asio = boost::asio;

struct Runtime::State {
  explicit State(const RuntimeSettings& settings)
      : io(settings.io_threads),
        work(asio::make_work_guard(io)),
        blocking(static_cast<std::size_t>(settings.blocking_threads),
                 settings.blocking_queued_max) {
    for (int i = 0; i < settings.io_threads; ++i) threads.emplace_back([this] { io.run(); });
  }
  ~State() {
    work.reset();
    blocking.stop();
    io.stop();
  }

  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  BlockingPool blocking;
  std::vector<std::jthread> threads;
};

Runtime::Runtime(RuntimeSettings settings) : state_(std::make_unique<State>(settings)) {}
Runtime::~Runtime() = default;

asio::any_io_executor Runtime::executor() { return state_->io.get_executor(); }
BlockingPool& Runtime::blocking() { return state_->blocking; }

void Runtime::run_void(asio::awaitable<void> task) {
  asio::co_spawn(asio::make_strand(state_->io), std::move(task), asio::use_future).get();
}

}  // namespace docmill
