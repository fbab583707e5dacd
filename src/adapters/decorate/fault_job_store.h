// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/job_store.h"

namespace docmill {

// A JobStore whose calls fail as its plan says. The inner one must outlive it.
class FaultJobStore final : public JobStore {
 public:
  FaultJobStore(JobStore& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  Task<std::optional<JobLease>> lease(Context context, LeaseRequest request) override {
    return with_faults(plan_, context, inner_.lease(context, std::move(request)));
  }
  Task<void> extend(Context context, JobLease lease, Milliseconds duration) override {
    return with_faults(plan_, context, inner_.extend(context, std::move(lease), duration));
  }
  Task<void> advance(Context context, JobLease lease, StageResult result) override {
    return with_faults(plan_, context,
                       inner_.advance(context, std::move(lease), std::move(result)));
  }
  Task<void> finish(Context context, JobLease lease, JobResult result) override {
    return with_faults(plan_, context, inner_.finish(context, std::move(lease), std::move(result)));
  }
  Task<void> retry(Context context, JobLease lease, RetryPlan plan) override {
    return with_faults(plan_, context, inner_.retry(context, std::move(lease), std::move(plan)));
  }
  Task<void> bury(Context context, JobLease lease, Failure failure) override {
    return with_faults(plan_, context, inner_.bury(context, std::move(lease), std::move(failure)));
  }
  Task<int> redrive(Context context, std::vector<DocumentId> documents,
                    std::string collection) override {
    return with_faults(plan_, context,
                       inner_.redrive(context, std::move(documents), std::move(collection)));
  }
  Task<SweepReport> sweep(Context context, Milliseconds quiet) override {
    return with_faults(plan_, context, inner_.sweep(context, quiet));
  }

 private:
  JobStore& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
