// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/embedded/database.h"
#include "ports/frontier.h"

namespace docmill::embedded {

// The crawl frontier in SQLite, in the catalog's database, so that "URL done + document recorded +
// message queued + links known" is one transaction.
class SqliteFrontier final : public Frontier {
 public:
  // Migrates; both must outlive the frontier.
  static Result<std::unique_ptr<SqliteFrontier>> create(Database& database, const Clock& clock);

  Task<Crawl> open(Context context, CrawlOpening opening) override;
  Task<int> add(Context context, CrawlId crawl, std::vector<CrawlLink> links) override;
  Task<EntryLease> lease(Context context, EntryLeaseRequest request) override;
  Task<EntryCompletion> complete(Context context, CrawlEntry entry, EntryOutcome outcome) override;
  Task<void> retry(Context context, CrawlEntry entry, EntryRetry retry) override;
  Task<void> stop(Context context, CrawlId crawl) override;
  Task<std::vector<Crawl>> crawls(Context context, CrawlId crawl) override;
  Task<std::vector<CrawlEntry>> why(Context context, std::string key) override;

 private:
  SqliteFrontier(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Database& database_;
  const Clock& clock_;
};

}  // namespace docmill::embedded
