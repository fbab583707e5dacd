// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/frontier_rows.h"

#include <algorithm>

namespace docmill::embedded {
namespace {

constexpr std::size_t kUrlBytesMax = 8192;
constexpr std::string_view kDepthReason = "depth";

constexpr const char* kTables = R"sql(
CREATE TABLE crawls(
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, collection TEXT NOT NULL,
  depth_max INTEGER NOT NULL, pages_max INTEGER NOT NULL, scope TEXT NOT NULL,
  allow_private INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL,
  finished_at INTEGER, discovered INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0,
  leased INTEGER NOT NULL DEFAULT 0, fetched INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0, stored INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0);
-- kind 0: a seed (text, key and host), 1: an include pattern, 2: an exclude pattern
CREATE TABLE crawl_texts(crawl INTEGER NOT NULL, kind INTEGER NOT NULL, text TEXT NOT NULL,
  key TEXT NOT NULL DEFAULT '', host TEXT NOT NULL DEFAULT '');
CREATE INDEX crawl_texts_crawl ON crawl_texts(crawl);
CREATE TABLE crawl_reasons(crawl INTEGER NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
  entries INTEGER NOT NULL, PRIMARY KEY(crawl, state, reason)) WITHOUT ROWID;
CREATE TABLE crawl_hosts(crawl INTEGER NOT NULL, host TEXT NOT NULL,
  waiting INTEGER NOT NULL, turn INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(crawl, host)) WITHOUT ROWID;
CREATE INDEX crawl_hosts_turn ON crawl_hosts(crawl, turn) WHERE waiting>0;
CREATE TABLE crawl_entries(
  id INTEGER PRIMARY KEY, crawl INTEGER NOT NULL, key TEXT NOT NULL, url TEXT, host TEXT NOT NULL,
  depth INTEGER NOT NULL, referrer INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0, token INTEGER NOT NULL DEFAULT 0,
  worker TEXT NOT NULL DEFAULT '', lease_until INTEGER, next_at INTEGER,
  status INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', content BLOB,
  document TEXT NOT NULL DEFAULT '', discovered_at INTEGER NOT NULL, decided_at INTEGER);
CREATE UNIQUE INDEX crawl_entries_key ON crawl_entries(key, crawl);
CREATE INDEX crawl_entries_waiting ON crawl_entries(crawl, host, depth, id, next_at) WHERE state=0;
CREATE INDEX crawl_entries_retried ON crawl_entries(crawl, next_at)
  WHERE state=0 AND next_at IS NOT NULL;
CREATE INDEX crawl_entries_leased ON crawl_entries(crawl, lease_until) WHERE state=1;
)sql";

Status insert_texts(Transaction& transaction, std::int64_t crawl, const CrawlPlan& plan) {
  constexpr const char* kInsert = "INSERT INTO crawl_texts VALUES(?,?,?,?,?)";
  for (const CrawlLink& seed : plan.seeds)
    DOCMILL_TRY_VOID(transaction.execute(kInsert, crawl, 0, seed.url, seed.key, seed.host));
  for (const std::string& pattern : plan.include)
    DOCMILL_TRY_VOID(transaction.execute(kInsert, crawl, 1, pattern, "", ""));
  for (const std::string& pattern : plan.exclude)
    DOCMILL_TRY_VOID(transaction.execute(kInsert, crawl, 2, pattern, "", ""));
  return {};
}

Status read_texts(Transaction& transaction, std::int64_t crawl, CrawlPlan& plan) {
  Statement find = transaction.prepare(
      "SELECT kind, text, key, host FROM crawl_texts WHERE crawl=? ORDER BY rowid");
  find.bind(crawl);
  while (true) {
    DOCMILL_TRY(bool row, find.step());
    if (!row) return {};
    if (find.integer(0) == 0)
      plan.seeds.push_back({find.text(1), find.text(2), find.text(3), 0});
    else
      (find.integer(0) == 1 ? plan.include : plan.exclude).push_back(find.text(1));
  }
}

Status read_reasons(Transaction& transaction, std::int64_t crawl, CrawlCounters& counters) {
  Statement find = transaction.prepare(
      "SELECT state, reason, entries FROM crawl_reasons WHERE crawl=? AND entries>0"
      " ORDER BY entries DESC, reason");
  find.bind(crawl);
  while (true) {
    DOCMILL_TRY(bool row, find.step());
    if (!row) return {};
    counters.reasons.push_back(
        {static_cast<EntryState>(find.integer(0)), find.text(1), find.integer(2)});
  }
}

// A link that is known: its path may be shorter now. True when it waits because of that.
Result<bool> shorten_path(Transaction& transaction, const CrawlRow& crawl, const CrawlEntry& known,
                          LinkParent parent, int depth) {
  if (depth >= known.depth) return false;
  DOCMILL_TRY_VOID(transaction.execute("UPDATE crawl_entries SET depth=?, referrer=? WHERE id=?",
                                       depth, parent.entry, known.id));
  bool was_too_deep = known.state == EntryState::kSkipped && known.reason == kDepthReason;
  if (!was_too_deep || depth > crawl.depth_max) return false;
  DOCMILL_TRY_VOID(transaction.execute(
      "UPDATE crawl_entries SET state=0, reason='', decided_at=NULL WHERE id=?", known.id));
  DOCMILL_TRY_VOID(count_reason(transaction, crawl.number, EntryState::kSkipped, kDepthReason, -1));
  DOCMILL_TRY_VOID(move_counters(transaction, crawl.number, {.waiting = 1, .skipped = -1}));
  DOCMILL_TRY_VOID(move_host(transaction, crawl.number, known.link.host, 1));
  return true;
}

Result<std::optional<CrawlEntry>> find_link(Transaction& transaction, const CrawlRow& crawl,
                                            const CrawlLink& link) {
  Statement find = transaction.prepare(
      "SELECT id, depth, state, reason, host FROM crawl_entries WHERE key=? AND crawl=?");
  DOCMILL_TRY(bool known, find.bind(link.key, crawl.number).step());
  if (!known) return std::optional<CrawlEntry>();
  CrawlEntry entry;
  entry.id = find.integer(0);
  entry.depth = static_cast<int>(find.integer(1));
  entry.state = static_cast<EntryState>(find.integer(2));
  entry.reason = find.text(3);
  entry.link.host = find.text(4);
  return std::optional<CrawlEntry>(std::move(entry));
}

}  // namespace

const Schema& frontier_schema() {
  static const Schema schema{"frontier", {kTables}};
  return schema;
}

Result<CrawlRow> find_crawl(Transaction& transaction, const CrawlId& crawl) {
  Statement find =
      transaction.prepare("SELECT number, state, depth_max, pages_max FROM crawls WHERE id=?");
  DOCMILL_TRY(bool found, find.bind(crawl).step());
  if (!found) return fail(ErrorCode::kNotFound, "there is no such crawl");
  return CrawlRow{find.integer(0), static_cast<CrawlState>(find.integer(1)),
                  static_cast<int>(find.integer(2)), find.integer(3)};
}

Result<std::int64_t> insert_crawl(Transaction& transaction, const CrawlId& id,
                                  const CrawlPlan& plan, WallTime now) {
  DOCMILL_TRY_VOID(transaction.execute(
      "INSERT INTO crawls(id, collection, depth_max, pages_max, scope, allow_private, created_at)"
      " VALUES(?,?,?,?,?,?,?)",
      id, plan.collection, plan.depth_max, plan.pages_max, plan.scope, plan.allow_private, now));
  std::int64_t number = transaction.last_insert_id();
  DOCMILL_TRY_VOID(insert_texts(transaction, number, plan));
  return number;
}

Result<std::vector<Crawl>> read_crawls(Transaction& transaction, const CrawlId& crawl) {
  std::vector<Crawl> crawls;
  Statement find = transaction.prepare(
      "SELECT number, id, collection, depth_max, pages_max, scope, allow_private, state,"
      " created_at, finished_at, discovered, waiting, leased, fetched, done, stored, skipped,"
      " failed FROM crawls WHERE ?1='' OR id=?1 ORDER BY number DESC");
  find.bind(crawl);
  while (true) {
    DOCMILL_TRY(bool row, find.step());
    if (!row) return crawls;
    Crawl& found = crawls.emplace_back();
    found.id = find.text(1);
    found.plan.collection = find.text(2);
    found.plan.depth_max = static_cast<int>(find.integer(3));
    found.plan.pages_max = find.integer(4);
    found.plan.scope = find.text(5);
    found.plan.allow_private = find.integer(6) != 0;
    found.state = static_cast<CrawlState>(find.integer(7));
    found.created_at = find.time(8);
    found.finished_at = find.optional_time(9);
    int column = 10;
    CrawlCounters& counters = found.counters;
    for (std::int64_t* counter :
         {&counters.discovered, &counters.waiting, &counters.leased, &counters.fetched,
          &counters.done, &counters.stored, &counters.skipped, &counters.failed})
      *counter = find.integer(column++);
    DOCMILL_TRY_VOID(read_texts(transaction, find.integer(0), found.plan));
    DOCMILL_TRY_VOID(read_reasons(transaction, find.integer(0), counters));
  }
}

Result<int> insert_links(Transaction& transaction, const CrawlRow& crawl, LinkParent parent,
                         const std::vector<CrawlLink>& links, WallTime now) {
  int waiting = 0;
  int too_deep = 0;
  int revived = 0;
  for (const CrawlLink& link : links) {
    // A page may hold any link: what no server would take is not worth an entry.
    if (link.key.empty() || link.key.size() > kUrlBytesMax || link.url.size() > kUrlBytesMax)
      continue;
    int depth = parent.depth + std::max(link.hops, 0);
    DOCMILL_TRY(auto known, find_link(transaction, crawl, link));
    if (known) {
      DOCMILL_TRY(bool waits, shorten_path(transaction, crawl, *known, parent, depth));
      revived += waits ? 1 : 0;
      continue;
    }
    bool deep = depth > crawl.depth_max;
    DOCMILL_TRY_VOID(transaction.execute(
        "INSERT INTO crawl_entries(crawl, key, url, host, depth, referrer, state, reason,"
        " discovered_at, decided_at) VALUES(?,?,?,?,?,?,?,?,?,?)",
        crawl.number, link.key,
        link.url == link.key ? std::nullopt : std::optional<std::string_view>(link.url), link.host,
        depth, parent.entry, static_cast<int>(deep ? EntryState::kSkipped : EntryState::kWaiting),
        deep ? kDepthReason : std::string_view(), now,
        deep ? std::optional<WallTime>(now) : std::nullopt));
    ++(deep ? too_deep : waiting);
    if (!deep) DOCMILL_TRY_VOID(move_host(transaction, crawl.number, link.host, 1));
  }
  if (waiting + too_deep > 0)
    DOCMILL_TRY_VOID(transaction.execute(
        "UPDATE crawls SET discovered=discovered+?, waiting=waiting+?, skipped=skipped+?"
        " WHERE number=?",
        waiting + too_deep, waiting, too_deep, crawl.number));
  if (too_deep > 0)
    DOCMILL_TRY_VOID(
        count_reason(transaction, crawl.number, EntryState::kSkipped, kDepthReason, too_deep));
  return waiting + revived;
}

Status take_back(Transaction& transaction, const CrawlRow& crawl, WallTime now,
                 const std::string& worker) {
  int taken = 0;
  Statement take = transaction.prepare(
      "UPDATE crawl_entries SET state=0, lease_until=NULL WHERE crawl=?1 AND state=1"
      " AND (lease_until<=?2 OR (?3<>'' AND worker=?3)) RETURNING host");
  take.bind(crawl.number, now, worker);
  std::vector<std::string> hosts;
  while (true) {
    DOCMILL_TRY(bool row, take.step());
    if (!row) break;
    hosts.push_back(take.text(0));
    ++taken;
  }
  for (const std::string& host : hosts)
    DOCMILL_TRY_VOID(move_host(transaction, crawl.number, host, 1));
  if (taken == 0) return {};
  return move_counters(transaction, crawl.number, {.waiting = taken, .leased = -taken});
}

const char* const kEntryColumns =
    "e.id, c.id, coalesce(e.url, e.key), e.key, e.host, e.depth, coalesce(r.key, ''), e.state,"
    " e.attempts, e.token, e.worker, e.next_at, e.status, e.reason, e.content, e.document,"
    " e.discovered_at, e.decided_at, c.state FROM crawl_entries e JOIN crawls c ON"
    " c.number=e.crawl LEFT JOIN crawl_entries r ON r.id=e.referrer";

CrawlEntry read_entry(const Statement& row) {
  CrawlEntry entry;
  entry.id = row.integer(0);
  entry.crawl = row.text(1);
  entry.link = {row.text(2), row.text(3), row.text(4)};
  entry.depth = static_cast<int>(row.integer(5));
  entry.referrer = row.text(6);
  entry.state = static_cast<EntryState>(row.integer(7));
  entry.attempts = static_cast<int>(row.integer(8));
  entry.token = static_cast<std::uint64_t>(row.integer(9));
  entry.worker = row.text(10);
  entry.next_at = row.optional_time(11);
  entry.status = static_cast<int>(row.integer(12));
  entry.reason = row.text(13);
  if (!row.null(14)) entry.content = row.hash(14);
  entry.document = row.text(15);
  entry.discovered_at = row.time(16);
  entry.decided_at = row.optional_time(17);
  return entry;
}

Status move_counters(Transaction& transaction, std::int64_t crawl, const CounterStep& step) {
  return transaction.execute(
      "UPDATE crawls SET waiting=waiting+?, leased=leased+?, fetched=fetched+?, done=done+?,"
      " stored=stored+?, skipped=skipped+?, failed=failed+? WHERE number=?",
      step.waiting, step.leased, step.fetched, step.done, step.stored, step.skipped, step.failed,
      crawl);
}

Status count_reason(Transaction& transaction, std::int64_t crawl, EntryState state,
                    std::string_view reason, int entries) {
  return transaction.execute(
      "INSERT INTO crawl_reasons VALUES(?,?,?,?) ON CONFLICT(crawl, state, reason)"
      " DO UPDATE SET entries=entries+excluded.entries",
      crawl, static_cast<int>(state), reason, entries);
}

Status move_host(Transaction& transaction, std::int64_t crawl, std::string_view host, int waiting) {
  return transaction.execute(
      "INSERT INTO crawl_hosts(crawl, host, waiting) VALUES(?,?,?) ON CONFLICT(crawl, host)"
      " DO UPDATE SET waiting=waiting+excluded.waiting",
      crawl, host, waiting);
}

Result<bool> finish_if_over(Transaction& transaction, const CrawlRow& crawl, WallTime now) {
  DOCMILL_TRY(std::int64_t ended,
              transaction.run("UPDATE crawls SET state=1, finished_at=? WHERE number=? AND state=0"
                              " AND leased=0 AND (waiting=0 OR done>=pages_max)",
                              now, crawl.number));
  return ended > 0;
}

}  // namespace docmill::embedded
