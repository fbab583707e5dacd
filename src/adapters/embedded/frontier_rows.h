// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/embedded/database.h"
#include "ports/frontier.h"

// The tables of the frontier and the steps that its functions combine in one transaction.
namespace docmill::embedded {

const Schema& frontier_schema();

// What the steps need of a crawl's row.
struct CrawlRow {
  std::int64_t number = 0;
  CrawlState state = CrawlState::kRunning;
  int depth_max = 0;
  std::int64_t pages_max = 0;
};
Result<CrawlRow> find_crawl(Transaction& transaction, const CrawlId& crawl);
Result<std::int64_t> insert_crawl(Transaction& transaction, const CrawlId& id,
                                  const CrawlPlan& plan, WallTime now);
// All crawls, newest first, or the one with that id.
Result<std::vector<Crawl>> read_crawls(Transaction& transaction, const CrawlId& crawl);

struct LinkParent {
  std::int64_t entry = 0;  // 0: none
  int depth = 0;
};
// Inserts what is new and shortens the paths of what is known; how many entries wait because of it.
Result<int> insert_links(Transaction& transaction, const CrawlRow& crawl, LinkParent parent,
                         const std::vector<CrawlLink>& links, WallTime now);

// Leased entries wait again: those whose lease ran out until `now`, or all of `worker` where given.
Status take_back(Transaction& transaction, const CrawlRow& crawl, WallTime now,
                 const std::string& worker);

extern const char* const kEntryColumns;
CrawlEntry read_entry(const Statement& row);

// Adds to the counters of a crawl; `waiting` also to those of its host.
struct CounterStep {
  int waiting = 0, leased = 0, fetched = 0, done = 0, stored = 0, skipped = 0, failed = 0;
};
Status move_counters(Transaction& transaction, std::int64_t crawl, const CounterStep& step);
Status count_reason(Transaction& transaction, std::int64_t crawl, EntryState state,
                    std::string_view reason, int entries);
Status move_host(Transaction& transaction, std::int64_t crawl, std::string_view host, int waiting);

// Ends the crawl when nothing is leased and nothing more may be; true when it is over.
Result<bool> finish_if_over(Transaction& transaction, const CrawlRow& crawl, WallTime now);

}  // namespace docmill::embedded
