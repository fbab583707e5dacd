// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/frontier.h"

namespace docmill {

// A Frontier whose calls fail as its plan says. The inner one must outlive it.
class FaultFrontier final : public Frontier {
 public:
  FaultFrontier(Frontier& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  Task<Crawl> open(Context context, CrawlOpening opening) override {
    return with_faults(plan_, context, inner_.open(context, std::move(opening)));
  }
  Task<int> add(Context context, CrawlId crawl, std::vector<CrawlLink> links) override {
    return with_faults(plan_, context, inner_.add(context, std::move(crawl), std::move(links)));
  }
  Task<EntryLease> lease(Context context, EntryLeaseRequest request) override {
    return with_faults(plan_, context, inner_.lease(context, std::move(request)));
  }
  Task<EntryCompletion> complete(Context context, CrawlEntry entry, EntryOutcome outcome) override {
    return with_faults(plan_, context,
                       inner_.complete(context, std::move(entry), std::move(outcome)));
  }
  Task<void> retry(Context context, CrawlEntry entry, EntryRetry retry) override {
    return with_faults(plan_, context, inner_.retry(context, std::move(entry), std::move(retry)));
  }
  Task<void> stop(Context context, CrawlId crawl) override {
    return with_faults(plan_, context, inner_.stop(context, std::move(crawl)));
  }
  Task<std::vector<Crawl>> crawls(Context context, CrawlId crawl) override {
    return with_faults(plan_, context, inner_.crawls(context, std::move(crawl)));
  }
  Task<std::vector<CrawlEntry>> why(Context context, std::string key) override {
    return with_faults(plan_, context, inner_.why(context, std::move(key)));
  }

 private:
  Frontier& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
