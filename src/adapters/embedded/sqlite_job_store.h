// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/embedded/database.h"
#include "ports/job_store.h"

namespace docmill::embedded {

// Leases over the catalog's rows. A lease that ran out and was not taken back may still be used:
// the token, not the time, decides who may write.
class SqliteJobStore final : public JobStore {
 public:
  // Migrates; both must outlive the store.
  static Result<std::unique_ptr<SqliteJobStore>> create(Database& database, const Clock& clock);

  Task<std::optional<JobLease>> lease(Context context, LeaseRequest request) override;
  Task<void> extend(Context context, JobLease lease, Milliseconds duration) override;
  Task<void> advance(Context context, JobLease lease, StageResult result) override;
  Task<void> finish(Context context, JobLease lease, JobResult result) override;
  Task<void> retry(Context context, JobLease lease, RetryPlan plan) override;
  Task<void> bury(Context context, JobLease lease, Failure failure) override;
  Task<int> redrive(Context context, std::vector<DocumentId> documents,
                    std::string collection) override;
  Task<SweepReport> sweep(Context context, Milliseconds quiet) override;

 private:
  SqliteJobStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Database& database_;
  const Clock& clock_;
};

}  // namespace docmill::embedded
