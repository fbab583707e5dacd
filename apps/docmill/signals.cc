// SPDX-License-Identifier: Apache-2.0
#include "signals.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "async/runtime.h"

namespace docmill::app {

struct SignalWatch::State {
  explicit State(Context watched) : context(std::move(watched)), runtime({.blocking_threads = 1}) {}

  Context context;
  Runtime runtime;
  boost::asio::signal_set signals{runtime.executor(), SIGTERM, SIGINT};
};

SignalWatch::SignalWatch(Context context) : state_(std::make_unique<State>(std::move(context))) {
  State* state = state_.get();
  state->signals.async_wait([state](const boost::system::error_code& error, int number) {
    if (error) return;
    // The default action of the next one is to end the process.
    std::signal(number, SIG_DFL);
    state->signals.clear();
    state->context.cancel();
  });
}

SignalWatch::~SignalWatch() = default;

}  // namespace docmill::app
