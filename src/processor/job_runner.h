// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <random>
#include <vector>

#include "processor/extract_stage.h"

namespace docmill::processor {

// How one call of JobRunner::run left the document.
enum class RunOutcome {
  kNothingToDo,  // not due, or somebody else has it
  kDone,
  kErased,
  kWillRetry,
  kDead,
  kStale,     // another worker took it meanwhile; nothing was written
  kReleased,  // stopped on request; the document waits again
};

std::string_view name_of(RunOutcome outcome);

// Takes one document through its remaining stages under a lease. Each stage looks for its artefact
// before it works, stores it, and only then moves the job on, so a crash repeats at most one stage.
// One runner per worker coroutine; not thread-safe.
class JobRunner {
 public:
  JobRunner(const Services& services, const Settings& settings, std::string worker_name);

  // Errors are only those of the catalog itself (unavailable …): the caller waits and tries the
  // message again. Whatever happens to the document is in the outcome and in its record.
  // `receipt` names the queue delivery that woke us, kept hidden while the work runs; may be empty.
  Task<RunOutcome> run(Context context, DocumentId document, std::string receipt);

 private:
  struct Job;  // a lease and what its stages hand on to each other

  Task<void> run_stages(Context context, Job& job);
  Task<void> run_stage(Context context, Job& job);
  Task<void> keep_lease(Context context, JobLease lease, std::string receipt,
                        std::shared_ptr<std::atomic<bool>> stale);
  Task<void> extract(Context context, Job& job);
  Task<void> chunk(Context context, Job& job);
  Task<void> embed(Context context, Job& job);
  Task<void> index(Context context, Job& job);
  Task<void> open_collection(Context context, std::string collection);
  Task<void> erase(Context context, Job& job);
  Task<void> load_model(Context context, Job& job);
  Task<void> load_chunks(Context context, Job& job);
  Task<RunOutcome> settle(Context context, Job& job, Status status);
  Task<void> move_on(Context context, Job& job, StageResult result);
  Milliseconds backoff(int attempt);

  Services services_;
  Settings settings_;
  ExtractStage extract_stage_;
  std::string worker_;
  std::string settings_key_;
  std::mt19937_64 random_;
};

}  // namespace docmill::processor
