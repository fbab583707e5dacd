// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "async/blocking_pool.h"
#include "base/metrics.h"
#include "crawler/settings.h"

namespace docmill::crawler {

// Crawls web sites politely into the blob store and the catalog: every URL of a crawl is fetched at
// least once, decided exactly once, and what it brought is recorded in the step that decides it.
// The frontier is the only memory, so a crawl goes on after a crash where it was.
class Crawler {
 public:
  // `worker` names this process in leases; a restarted process under the same name gets its own
  // leased URLs back at once.
  Crawler(CrawlerServices services, CrawlerSettings settings, BlockingPool& blocking,
          std::string worker);

  // Checks a plan before it is opened: seeds, scope, limits. permission_denied with reason
  // "contact_required" when a public site is to be crawled and no contact URL is configured.
  Status check(const CrawlPlan& plan) const;

  // Opens or resumes a crawl and works on it until it is finished or the context is cancelled (then
  // URLs in work are leased until they time out or this worker opens the crawl again).
  Task<Crawl> run(Context context, CrawlOpening opening);

 private:
  class Run;

  CrawlerServices services_;
  CrawlerSettings settings_;
  BlockingPool& blocking_;
  std::string worker_;
};

// Rows of the metric table: docmill_crawl_*.
std::vector<MetricSpec> crawler_metrics();

}  // namespace docmill::crawler
