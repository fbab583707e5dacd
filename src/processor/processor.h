// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "processor/job_runner.h"

namespace docmill::processor {

// The processing service: receives document ids from the queue, runs each document's job, sweeps
// for what waits without a message, and deletes vectors of revisions that readers no longer see.
// Several may run in one process or many.
class Processor {
 public:
  // `worker_name` names this process in records and logs, e.g. "host:pid".
  Processor(Services services, Settings settings, std::string worker_name);

  // Works until the context is cancelled; then unfinished documents are released at once and it
  // returns. Trouble with a port is logged and waited out.
  Task<void> run(Context context);

 private:
  Task<void> work(Context context, int worker);
  Task<void> handle(Context context, JobRunner& runner, Delivery delivery);
  Task<void> sweep_forever(Context context);
  Task<void> collect_retired(Context context);

  Services services_;
  Settings settings_;
  std::string worker_name_;
};

}  // namespace docmill::processor
