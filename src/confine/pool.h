// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "async/blocking_pool.h"
#include "async/context.h"
#include "async/task.h"
#include "base/metrics.h"
#include "confine/sandbox_level.h"

namespace docmill::confine {

// How parser processes are run. Every limit is per document unless it says otherwise.
struct PoolSettings {
  std::string program;  // path of docmill-extract
  int workers = 2;      // processes; also the number of parses at once
  Milliseconds wall_limit{60'000};
  Milliseconds cpu_limit{60'000};
  std::uint64_t memory_bytes_max = 2ULL << 30;  // RLIMIT_AS of a worker
  std::uint64_t reply_bytes_max = 120ULL << 20;
  int recycle_after_documents = 500;
  std::uint64_t recycle_after_rss_bytes = 512ULL << 20;
  int queued_max = 256;           // further calls are refused with rate_limited
  bool allow_unconfined = false;  // accept foreign documents at SandboxLevel::kNone
};

// One parse: the bytes and an opaque header that the worker's handler understands.
struct Request {
  std::string header;  // at most 64 KiB
  std::string bytes;   // moved into a sealed memfd
};

// Confined worker processes that parse foreign bytes. A crash, hang or bomb costs one document: the
// worker is killed and replaced, the call answers a typed error, the next document gets a fresh
// worker. Thread-safe.
class Pool {
 public:
  // Starts one worker, runs its self-test and learns the sandbox level; unavailable when the
  // program is missing or does not answer.
  static Result<std::unique_ptr<Pool>> create(PoolSettings settings,
                                              boost::asio::any_io_executor executor,
                                              BlockingPool& blocking, Metrics& metrics);
  ~Pool();

  // The reply of the worker's handler, unvalidated: decode it as hostile bytes. Errors: what the
  // handler answered (code, message, reason); deadline_exceeded with reason "limit_wall_time" or
  // "limit_cpu_time"; too_large with "limit_memory" or "limit_reply_bytes"; corrupt_data with
  // "parser_crashed" (names the signal); permission_denied with "sandbox_none"; cancelled (the
  // worker is killed); rate_limited.
  Task<std::string> run(Context context, Request request);

  SandboxLevel sandbox_level() const;

  // Kills the workers and waits for them; calls that run answer cancelled.
  void stop();

 private:
  struct State;
  explicit Pool(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// Rows of the metric table: docmill_confine_*.
std::vector<MetricSpec> pool_metrics();

}  // namespace docmill::confine
