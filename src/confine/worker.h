// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace docmill::confine {

// What a worker does with one request: header and bytes in, reply out. Runs inside the sandbox.
using Handler = std::function<Result<std::string>(std::string_view header, std::string_view bytes)>;

// The life of a confined process: `prepare` (may open files), close the sandbox, prove it by the
// self-test, then serve requests from the socket that the pool left at descriptor 3 until it
// closes. Returns the process's exit code. Called by the main function of docmill-extract only.
int run_worker(const std::function<void()>& prepare, const Handler& handler);

}  // namespace docmill::confine
