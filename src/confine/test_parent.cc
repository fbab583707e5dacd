// SPDX-License-Identifier: Apache-2.0
// Holds a pool whose worker hangs, and says the worker's pid: for the test that kills the parent.
#include <unistd.h>

#include <cstdio>

#include "async/runtime.h"
#include "async/task_group.h"
#include "confine/pool.h"

namespace docmill {
namespace {

Task<void> hang(confine::Pool& pool) {
  DOCMILL_CO_TRY(std::string reply, co_await pool.run(Context::background(), {"hang", ""}));
  co_return Status();
}

int run(const char* program) {
  Runtime runtime({});
  Metrics metrics(confine::pool_metrics());
  auto pool = confine::Pool::create({.program = program, .workers = 1}, runtime.executor(),
                                    runtime.blocking(), metrics);
  if (!pool) return 1;
  auto pid = runtime.run((*pool)->run(Context::background(), {"pid", ""}));
  if (!pid) return 1;
  TaskGroup group(runtime.executor(), Context::background());
  group.spawn("hang", hang(**pool));
  std::printf("%s\n", pid->c_str());
  std::fflush(stdout);
  for (;;) pause();
}

}  // namespace
}  // namespace docmill

int main(int, char** arguments) { return docmill::run(arguments[1]); }
