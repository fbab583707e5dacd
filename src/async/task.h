// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace docmill {

// The only coroutine type. Parameters by value; no capturing lambda coroutines; started only by
// co_await, TaskGroup::spawn or Runtime::run.
template <typename T>
using Task = boost::asio::awaitable<Result<T>>;

}  // namespace docmill
