// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "async/event.h"
#include "crawler/fetcher.h"

namespace docmill::crawler {

// One transfer as its two sides see it: the driving thread fills it, the reading coroutine empties
// it. Everything below `mutex` is guarded by it.
struct Transfer::State {
  // Set before the transfer starts; read-only afterwards.
  std::string url;
  FetcherSettings settings;
  std::function<void()> wake_driver;
  Event changed;

  // Used by the driving thread only.
  std::optional<ResponseHead> draft;  // head that is being received
  bool refused_private = false;
  std::uint64_t decoded_bytes = 0;
  std::pair<State*, void*> body_context;  // what the write callback is given: us and the handle

  std::mutex mutex;
  std::optional<ResponseHead> head;
  std::string buffer;
  bool paused = false;
  bool aborted = false;
  std::optional<Status> end;  // set last: the transfer is over
};

// One header line of a response, as libcurl hands it over: a status line starts a new head (100
// Continue, then the real one), a blank line publishes it.
void take_header_line(Transfer::State& state, std::string_view line, WallTime now);

}  // namespace docmill::crawler
