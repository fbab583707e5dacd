// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "async/context.h"

namespace docmill::app {

// Cancels a context on SIGTERM or SIGINT; a second signal ends the process at once. One at a time.
class SignalWatch {
 public:
  explicit SignalWatch(Context context);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace docmill::app
