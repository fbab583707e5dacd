// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_frontier.h"

#include <algorithm>

#include "adapters/embedded/document_rows.h"
#include "adapters/embedded/frontier_rows.h"

namespace docmill::embedded {
namespace {

constexpr int kLeaseMax = 1000;
constexpr std::size_t kCrawlIdBytes = 8;

Result<Crawl> open_crawl(Transaction& transaction, const CrawlOpening& opening, WallTime now) {
  CrawlId id = opening.resume;
  if (id.empty()) {
    id = random_hex(kCrawlIdBytes);
    DOCMILL_TRY_VOID(insert_crawl(transaction, id, opening.plan, now));
    DOCMILL_TRY(CrawlRow crawl, find_crawl(transaction, id));
    std::vector<CrawlLink> seeds = opening.plan.seeds;
    for (CrawlLink& seed : seeds) seed.hops = 0;
    DOCMILL_TRY_VOID(insert_links(transaction, crawl, {}, seeds, now));
  } else {
    DOCMILL_TRY(CrawlRow crawl, find_crawl(transaction, id));
    DOCMILL_TRY_VOID(take_back(transaction, crawl, now, opening.worker));
    if (crawl.state == CrawlState::kStopped)
      DOCMILL_TRY_VOID(transaction.execute(
          "UPDATE crawls SET state=0, finished_at=NULL WHERE number=?", crawl.number));
  }
  DOCMILL_TRY(auto crawls, read_crawls(transaction, id));
  return std::move(crawls.front());
}

struct Turn {
  std::vector<std::int64_t> entries;
  std::vector<std::string> hosts;
};

// Due entries of the hosts whose turn it is.
Result<Turn> choose(Transaction& transaction, const CrawlRow& crawl,
                    const EntryLeaseRequest& request, std::int64_t count, WallTime now) {
  Turn turn;
  Statement hosts =
      transaction.prepare("SELECT host FROM crawl_hosts WHERE crawl=? AND waiting>0 ORDER BY turn");
  hosts.bind(crawl.number);
  Statement heads = transaction.prepare(
      "SELECT id FROM crawl_entries WHERE crawl=? AND host=? AND state=0 AND"
      " (next_at IS NULL OR next_at<=?) ORDER BY depth, id LIMIT ?");
  while (static_cast<std::int64_t>(turn.entries.size()) < count) {
    DOCMILL_TRY(bool row, hosts.step());
    if (!row) break;
    std::string host = hosts.text(0);
    if (std::ranges::find(request.hosts_busy, host) != request.hosts_busy.end()) continue;
    auto left = count - static_cast<std::int64_t>(turn.entries.size());
    heads.bind(crawl.number, host, now,
               std::min<std::int64_t>(left, std::max(request.per_host_max, 1)));
    std::size_t before = turn.entries.size();
    while (true) {
      DOCMILL_TRY(bool head, heads.step());
      if (!head) break;
      turn.entries.push_back(heads.integer(0));
    }
    heads.reset();
    if (turn.entries.size() > before) turn.hosts.push_back(std::move(host));
  }
  return turn;
}

Result<std::vector<CrawlEntry>> lease_chosen(Transaction& transaction, const CrawlRow& crawl,
                                             const EntryLeaseRequest& request, const Turn& turn,
                                             WallTime now) {
  std::vector<CrawlEntry> leased;
  for (std::int64_t id : turn.entries) {
    DOCMILL_TRY_VOID(transaction.execute(
        "UPDATE crawl_entries SET state=1, token=token+1, worker=?, lease_until=?, next_at=NULL"
        " WHERE id=?",
        request.worker, now + request.duration, id));
    static const std::string sql = std::string("SELECT ") + kEntryColumns + " WHERE e.id=?";
    Statement find = transaction.prepare(sql);
    DOCMILL_TRY_VOID(find.bind(id).step());
    leased.push_back(read_entry(find));
    DOCMILL_TRY_VOID(move_host(transaction, crawl.number, leased.back().link.host, -1));
  }
  // Hosts that had their turn go to the end of the line.
  for (const std::string& host : turn.hosts)
    DOCMILL_TRY_VOID(transaction.execute(
        "UPDATE crawl_hosts SET turn=1+(SELECT max(turn) FROM crawl_hosts WHERE crawl=?1)"
        " WHERE crawl=?1 AND host=?2",
        crawl.number, host));
  auto count = static_cast<int>(leased.size());
  DOCMILL_TRY_VOID(move_counters(transaction, crawl.number, {.waiting = -count, .leased = count}));
  std::ranges::sort(leased, [](const CrawlEntry& a, const CrawlEntry& b) {
    return std::pair(a.depth, a.id) < std::pair(b.depth, b.id);
  });
  return leased;
}

Result<EntryLease> lease_entries(Transaction& transaction, const EntryLeaseRequest& request,
                                 WallTime now) {
  DOCMILL_TRY(CrawlRow crawl, find_crawl(transaction, request.crawl));
  if (crawl.state != CrawlState::kRunning) return EntryLease{.finished = true};
  DOCMILL_TRY_VOID(take_back(transaction, crawl, now, ""));
  std::int64_t places = 0;
  {
    Statement left = transaction.prepare("SELECT pages_max-done-leased FROM crawls WHERE number=?");
    DOCMILL_TRY_VOID(left.bind(crawl.number).step());
    places = std::min<std::int64_t>(left.integer(0), request.entries_max);
  }
  EntryLease lease;
  if (places > 0) {
    DOCMILL_TRY(Turn turn, choose(transaction, crawl, request, places, now));
    if (!turn.entries.empty()) {
      DOCMILL_TRY(lease.entries, lease_chosen(transaction, crawl, request, turn, now));
      return lease;
    }
  }
  DOCMILL_TRY(lease.finished, finish_if_over(transaction, crawl, now));
  Statement next = transaction.prepare(
      "SELECT min(next_at) FROM crawl_entries WHERE crawl=? AND state=0 AND next_at IS NOT NULL");
  DOCMILL_TRY_VOID(next.bind(crawl.number).step());
  lease.next_at = next.optional_time(0);
  return lease;
}

// Succeeds when `entry` is still leased under its token.
Status check_held(Transaction& transaction, const CrawlEntry& entry) {
  Statement find = transaction.prepare("SELECT token, state FROM crawl_entries WHERE id=?");
  DOCMILL_TRY(bool found, find.bind(entry.id).step());
  if (!found) return fail(ErrorCode::kNotFound, "there is no such URL in the frontier");
  bool held = static_cast<std::uint64_t>(find.integer(0)) == entry.token &&
              static_cast<EntryState>(find.integer(1)) == EntryState::kLeased;
  if (!held) return fail(ErrorCode::kConflict, "the lease of this URL is over; drop the work");
  return {};
}

Result<EntryCompletion> complete_entry(Transaction& transaction, const CrawlEntry& entry,
                                       const EntryOutcome& outcome, WallTime now) {
  DOCMILL_TRY(CrawlRow crawl, find_crawl(transaction, entry.crawl));
  DOCMILL_TRY_VOID(check_held(transaction, entry));
  EntryCompletion completion;
  DocumentId document;
  if (outcome.version) {
    DOCMILL_TRY(completion.recorded, record_version(transaction, *outcome.version, now));
    document = completion.recorded->document;
  }
  DOCMILL_TRY_VOID(transaction.execute(
      "UPDATE crawl_entries SET state=?, lease_until=NULL, status=?, reason=?, content=?,"
      " document=?, decided_at=? WHERE id=?",
      static_cast<int>(outcome.state), outcome.status, outcome.reason, outcome.content, document,
      now, entry.id));
  CounterStep step{.leased = -1};
  step.fetched = outcome.status > 0 ? 1 : 0;
  step.done = outcome.state == EntryState::kDone ? 1 : 0;
  step.failed = outcome.state == EntryState::kFailed ? 1 : 0;
  step.skipped = outcome.state == EntryState::kSkipped ? 1 : 0;
  step.stored = completion.recorded ? 1 : 0;
  DOCMILL_TRY_VOID(move_counters(transaction, crawl.number, step));
  if (!outcome.reason.empty())
    DOCMILL_TRY_VOID(count_reason(transaction, crawl.number, outcome.state, outcome.reason, 1));
  DOCMILL_TRY(completion.links_new,
              insert_links(transaction, crawl, {entry.id, entry.depth}, outcome.links, now));
  DOCMILL_TRY_VOID(finish_if_over(transaction, crawl, now));
  return completion;
}

Status retry_entry(Transaction& transaction, const CrawlEntry& entry, const EntryRetry& retry) {
  DOCMILL_TRY(CrawlRow crawl, find_crawl(transaction, entry.crawl));
  DOCMILL_TRY_VOID(check_held(transaction, entry));
  DOCMILL_TRY_VOID(transaction.execute(
      "UPDATE crawl_entries SET state=0, lease_until=NULL, attempts=attempts+?, next_at=?,"
      " status=?, reason=? WHERE id=?",
      retry.counts ? 1 : 0, retry.at, retry.status, retry.reason, entry.id));
  DOCMILL_TRY_VOID(move_host(transaction, crawl.number, entry.link.host, 1));
  return move_counters(transaction, crawl.number, {.waiting = 1, .leased = -1});
}

Result<std::vector<CrawlEntry>> explain(Transaction& transaction, const std::string& key) {
  std::vector<CrawlEntry> entries;
  static const std::string sql =
      std::string("SELECT ") + kEntryColumns + " WHERE e.key=? ORDER BY e.crawl DESC";
  Statement find = transaction.prepare(sql);
  find.bind(key);
  while (true) {
    DOCMILL_TRY(bool row, find.step());
    if (!row) return entries;
    CrawlEntry& entry = entries.emplace_back(read_entry(find));
    auto crawl_state = static_cast<CrawlState>(find.integer(18));
    if (entry.state != EntryState::kWaiting || crawl_state == CrawlState::kRunning) continue;
    entry.state = EntryState::kSkipped;
    entry.reason = crawl_state == CrawlState::kDone ? "pages_max" : "stopped";
  }
}

}  // namespace

Result<std::unique_ptr<SqliteFrontier>> SqliteFrontier::create(Database& database,
                                                               const Clock& clock) {
  DOCMILL_TRY_VOID(database.migrate(documents_schema()));
  DOCMILL_TRY_VOID(database.migrate(frontier_schema()));
  return std::unique_ptr<SqliteFrontier>(new SqliteFrontier(database, clock));
}

Task<Crawl> SqliteFrontier::open(Context context, CrawlOpening opening) {
  const CrawlPlan& plan = opening.plan;
  bool bad =
      plan.seeds.empty() || plan.pages_max < 1 || plan.depth_max < 0 || plan.collection.empty();
  if (opening.resume.empty() && bad)
    co_return fail(ErrorCode::kInvalidArgument,
                   "a crawl needs a seed, a collection, pages_max >= 1 and depth_max >= 0");
  co_return co_await database_.write<Crawl>(
      std::move(context), [this, opening = std::move(opening)](Transaction& transaction) {
        return open_crawl(transaction, opening, clock_.now());
      });
}

Task<int> SqliteFrontier::add(Context context, CrawlId crawl, std::vector<CrawlLink> links) {
  co_return co_await database_.write<int>(
      std::move(context),
      [this, crawl = std::move(crawl),
       links = std::move(links)](Transaction& transaction) -> Result<int> {
        DOCMILL_TRY(CrawlRow row, find_crawl(transaction, crawl));
        return insert_links(transaction, row, {}, links, clock_.now());
      });
}

Task<EntryLease> SqliteFrontier::lease(Context context, EntryLeaseRequest request) {
  if (request.entries_max < 1 || request.entries_max > kLeaseMax)
    co_return fail(ErrorCode::kInvalidArgument, "lease 1 to 1000 URLs");
  co_return co_await database_.write<EntryLease>(
      std::move(context), [this, request = std::move(request)](Transaction& transaction) {
        return lease_entries(transaction, request, clock_.now());
      });
}

Task<EntryCompletion> SqliteFrontier::complete(Context context, CrawlEntry entry,
                                               EntryOutcome outcome) {
  bool decided = outcome.state == EntryState::kDone || outcome.state == EntryState::kFailed ||
                 outcome.state == EntryState::kSkipped;
  if (!decided || (outcome.state != EntryState::kDone && outcome.reason.empty()))
    co_return fail(ErrorCode::kInvalidArgument,
                   "an outcome is done, or failed or skipped with a reason");
  co_return co_await database_.write<EntryCompletion>(
      std::move(context),
      [this, entry = std::move(entry), outcome = std::move(outcome)](Transaction& transaction) {
        return complete_entry(transaction, entry, outcome, clock_.now());
      });
}

Task<void> SqliteFrontier::retry(Context context, CrawlEntry entry, EntryRetry retry) {
  co_return co_await database_.write<void>(
      std::move(context),
      [entry = std::move(entry), retry = std::move(retry)](Transaction& transaction) {
        return retry_entry(transaction, entry, retry);
      });
}

Task<void> SqliteFrontier::stop(Context context, CrawlId crawl) {
  co_return co_await database_.write<void>(
      std::move(context), [this, crawl = std::move(crawl)](Transaction& transaction) -> Status {
        DOCMILL_TRY(CrawlRow row, find_crawl(transaction, crawl));
        return transaction.execute(
            "UPDATE crawls SET state=2, finished_at=? WHERE number=? AND state=0", clock_.now(),
            row.number);
      });
}

Task<std::vector<Crawl>> SqliteFrontier::crawls(Context context, CrawlId crawl) {
  co_return co_await database_.read<std::vector<Crawl>>(
      std::move(context),
      [crawl = std::move(crawl)](Transaction& transaction) -> Result<std::vector<Crawl>> {
        if (!crawl.empty()) DOCMILL_TRY_VOID(find_crawl(transaction, crawl));
        return read_crawls(transaction, crawl);
      });
}

Task<std::vector<CrawlEntry>> SqliteFrontier::why(Context context, std::string key) {
  co_return co_await database_.read<std::vector<CrawlEntry>>(
      std::move(context),
      [key = std::move(key)](Transaction& transaction) { return explain(transaction, key); });
}

}  // namespace docmill::embedded
