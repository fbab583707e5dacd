// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "ports/document_record.h"

namespace docmill {

// 16 hexadecimal digits, random.
using CrawlId = std::string;

enum class CrawlState { kRunning, kDone, kStopped };
// kWaiting and kLeased are work to do. kDone: fetched and kept, it counts as a page. kFailed: given
// up after its tries. kSkipped: decided without a page (robots, scope, depth, redirect, type …).
enum class EntryState { kWaiting, kLeased, kDone, kFailed, kSkipped };

std::string_view name_of(CrawlState state);
std::string_view name_of(EntryState state);

// A URL as the frontier knows it. `key` is canonical and the identity within a crawl; `url` is what
// is fetched; `host` is what politeness goes by (host, with its port where that is not the
// scheme's).
struct CrawlLink {
  std::string url;
  std::string key;
  std::string host;
  int hops = 1;  // depth below the page it was found on; 0 for the target of a redirect
};

// What to crawl. Kept as given; only `seeds`, `depth_max` and `pages_max` are interpreted here.
struct CrawlPlan {
  std::vector<CrawlLink> seeds;  // depth 0
  std::string collection = "default";
  int depth_max = 3;
  std::int64_t pages_max = 10'000;
  std::string scope;                          // the crawler's rule, e.g. "host"
  std::vector<std::string> include, exclude;  // the crawler's patterns
  bool allow_private = false;
};

// Open a new crawl (`resume` empty) or go on with one that was stopped or cut by a crash.
struct CrawlOpening {
  CrawlId resume;
  CrawlPlan plan;      // not read when resuming
  std::string worker;  // entries still leased to this worker wait again at once
};

struct ReasonCount {
  EntryState state = EntryState::kSkipped;  // kDone, kFailed or kSkipped
  std::string reason;                       // stable word, e.g. "robots", "depth", "http_404"
  std::int64_t entries = 0;
};

struct CrawlCounters {
  std::int64_t discovered = 0;  // entries there are
  std::int64_t waiting = 0, leased = 0;
  std::int64_t fetched = 0;  // decided entries for which a server answered
  std::int64_t done = 0;     // pages
  std::int64_t stored = 0;   // pages that were recorded as documents
  std::int64_t skipped = 0, failed = 0;
  std::vector<ReasonCount> reasons;  // of decided entries, most first
};

struct Crawl {
  CrawlId id;
  CrawlPlan plan;
  CrawlState state = CrawlState::kRunning;
  WallTime created_at{};
  std::optional<WallTime> finished_at;
  CrawlCounters counters;
};

// Everything known about one URL of one crawl.
struct CrawlEntry {
  std::int64_t id = 0;
  CrawlId crawl;
  CrawlLink link;
  int depth = 0;         // of the shortest path known
  std::string referrer;  // key of the page it was found on; empty for seeds
  EntryState state = EntryState::kWaiting;
  int attempts = 0;                 // failed tries
  std::uint64_t token = 0;          // fencing token of the last lease
  std::string worker;               // who holds or last held the lease
  std::optional<WallTime> next_at;  // not before
  int status = 0;                   // HTTP status of the last answer; 0 when there was none
  std::string reason;               // why it was decided so, or why it waits again
  std::optional<Hash> content;
  DocumentId document;
  WallTime discovered_at{};
  std::optional<WallTime> decided_at;
};

struct EntryLeaseRequest {
  CrawlId crawl;
  std::string worker;
  int entries_max = 16;                 // 1–1000
  int per_host_max = 1;                 // in this batch
  std::vector<std::string> hosts_busy;  // not these now
  Milliseconds duration{120'000};
};

struct EntryLease {
  std::vector<CrawlEntry> entries;  // by depth, then by order of discovery
  bool finished = false;            // the crawl is over or stopped: nothing will ever come
  std::optional<WallTime> next_at;  // when nothing is due: the earliest retry, where there is one
};

// How one fetch ended.
struct EntryOutcome {
  EntryState state = EntryState::kDone;  // kDone, kFailed or kSkipped
  int status = 0;
  std::string reason;  // required for kFailed and kSkipped
  std::optional<Hash> content;
  std::optional<NewVersion> version;  // record this document; its bytes are in the blob store
  std::vector<CrawlLink> links;       // found on the page, any number of repeats
};

struct EntryCompletion {
  std::optional<RecordedVersion> recorded;
  int links_new = 0;  // entries that will be fetched because of this page
};

struct EntryRetry {
  WallTime at{};
  int status = 0;
  std::string reason;
  bool counts = true;  // as a failed try; false when nothing was tried
};

// The durable memory of crawls: each canonical URL of a crawl once, with its state. Every write is
// one transaction and durable when it returns; a crash at any moment loses no URL and repeats at
// most the fetches that were leased. Order: within a host by depth, then by discovery; hosts take
// turns, the one that waited longest first. `pages_max` is exact: done and leased entries never
// exceed it (a fetch that ends failed or skipped gives its place back). Entries deeper than
// `depth_max` are kept as skipped with reason "depth" and wait again when a shorter path is found.
// Thread-safe, many processes.
//
// Errors: not_found (crawl or entry), conflict (the lease ran out and somebody else has the entry,
// or it is decided: drop the work), invalid_argument, unavailable (retry; a repeated `complete`
// that had taken effect answers conflict).
class Frontier {
 public:
  virtual ~Frontier() = default;
  virtual Task<Crawl> open(Context context, CrawlOpening opening) = 0;
  // Links from elsewhere than a page (sitemaps): `hops` is the depth. Returns how many are new.
  virtual Task<int> add(Context context, CrawlId crawl, std::vector<CrawlLink> links) = 0;
  // Takes expired leases back, then leases what is due. Ends the crawl when nothing is left.
  virtual Task<EntryLease> lease(Context context, EntryLeaseRequest request) = 0;
  // In one transaction: the entry is decided, the document recorded with its queue message, new
  // links inserted, counters moved.
  virtual Task<EntryCompletion> complete(Context context, CrawlEntry entry,
                                         EntryOutcome outcome) = 0;
  // Waits again, not before `at`, with one attempt more where it `counts`.
  virtual Task<void> retry(Context context, CrawlEntry entry, EntryRetry retry) = 0;
  // No more leases; what is leased may still complete. `open` goes on with it.
  virtual Task<void> stop(Context context, CrawlId crawl) = 0;
  // The crawl of that id, or all, newest first, where it is empty.
  virtual Task<std::vector<Crawl>> crawls(Context context, CrawlId crawl) = 0;
  // The URL in every crawl that knows it (by canonical key), newest crawl first. An entry that
  // waits in a crawl that is over is told as skipped with reason "pages_max" or "stopped".
  virtual Task<std::vector<CrawlEntry>> why(Context context, std::string key) = 0;
};

}  // namespace docmill
