// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "contract/port_contract.h"
#include "ports/frontier.h"

namespace docmill::contract {

// What every Frontier promises (ports/frontier.h).
class FrontierContract : public PortContract<Frontier> {
 protected:
  static CrawlLink link(const std::string& name, const std::string& host = "h") {
    return {"http://" + host + "/" + name, "http://" + host + "/" + name, host};
  }
  CrawlId open(CrawlPlan plan) {
    if (plan.seeds.empty()) plan.seeds = {link("")};
    return run(port_->open(none_, {.plan = std::move(plan), .worker = "w"})).id;
  }
  EntryLease lease(const CrawlId& crawl,
                   EntryLeaseRequest request = {.entries_max = 100, .per_host_max = 100}) {
    request.crawl = crawl;
    request.worker = "w";
    return run(port_->lease(none_, std::move(request)));
  }
  static std::vector<std::string> keys(const EntryLease& lease) {
    std::vector<std::string> keys;
    for (const CrawlEntry& entry : lease.entries) keys.push_back(entry.link.key);
    return keys;
  }
  // Ends a page well; `links` were found on it.
  int done(const CrawlEntry& entry, std::vector<CrawlLink> links = {}) {
    return run(port_->complete(none_, entry, {.status = 200, .links = std::move(links)})).links_new;
  }
  Crawl get(const CrawlId& crawl) { return run(port_->crawls(none_, crawl)).at(0); }
  CrawlEntry why(const std::string& key) { return run(port_->why(none_, key)).at(0); }
};

TEST_P(FrontierContract, OpenedCrawlKeepsItsPlanAndLeasesItsSeeds) {
  CrawlId id = open({.seeds = {link("a"), link("b"), link("a")},
                     .collection = "docs",
                     .depth_max = 2,
                     .pages_max = 7,
                     .scope = "host",
                     .include = {"/x*"},
                     .exclude = {"/y*"},
                     .allow_private = true});
  Crawl crawl = get(id);
  EXPECT_EQ(id.size(), 16u);
  EXPECT_EQ(crawl.state, CrawlState::kRunning);
  EXPECT_EQ(crawl.plan.collection + crawl.plan.scope, "docshost");
  EXPECT_EQ(crawl.plan.depth_max * 10 + crawl.plan.pages_max, 27);
  EXPECT_EQ(crawl.plan.include, std::vector<std::string>{"/x*"});
  EXPECT_EQ(crawl.plan.exclude, std::vector<std::string>{"/y*"});
  EXPECT_TRUE(crawl.plan.allow_private);
  EXPECT_EQ(crawl.counters.discovered, 2) << "each canonical URL once";
  EntryLease leased = lease(id);
  EXPECT_EQ(keys(leased), (std::vector<std::string>{"http://h/a", "http://h/b"}));
  EXPECT_EQ(leased.entries.at(0).depth, 0);
  EXPECT_EQ(get(id).counters.leased, 2);
}

TEST_P(FrontierContract, CompletionInsertsLinksOnceAndRecordsTheDocument) {
  CrawlId id = open({});
  CrawlEntry seed = lease(id).entries.at(0);
  EntryOutcome outcome{.status = 200, .links = {link("a"), link("b"), link("a"), link("")}};
  outcome.content = sha256("x");
  outcome.version = NewVersion{.uri = "http://h/", .content = sha256("x"), .size_bytes = 1};
  EntryCompletion completed = run(port_->complete(none_, seed, outcome));
  EXPECT_EQ(completed.links_new, 2);
  ASSERT_TRUE(completed.recorded);
  EXPECT_EQ(completed.recorded->revision, 1);
  CrawlEntry kept = why("http://h/");
  EXPECT_EQ(kept.state, EntryState::kDone);
  EXPECT_EQ(kept.status, 200);
  EXPECT_EQ(kept.document, completed.recorded->document);
  EXPECT_EQ(kept.content, sha256("x"));
  CrawlEntry found = why("http://h/a");
  EXPECT_EQ(found.depth, 1);
  EXPECT_EQ(found.referrer, "http://h/");
  EXPECT_EQ(found.state, EntryState::kWaiting);
}

TEST_P(FrontierContract, DecidedEntryIsAConflict) {
  CrawlId id = open({});
  CrawlEntry seed = lease(id).entries.at(0);
  done(seed, {link("a")});
  EXPECT_EQ(code(port_->complete(none_, seed, {.status = 200})), ErrorCode::kConflict);
  EXPECT_EQ(code(port_->retry(none_, seed, {clock_.now()})), ErrorCode::kConflict);
  EXPECT_EQ(get(id).counters.done, 1);
}

TEST_P(FrontierContract, ExpiredLeaseGoesToSomebodyElse) {
  CrawlId id = open({});
  CrawlEntry lost = lease(id).entries.at(0);
  EXPECT_TRUE(lease(id).entries.empty());
  clock_.advance(Milliseconds(120'000));
  EntryLease again = lease(id);
  ASSERT_EQ(again.entries.size(), 1u);
  EXPECT_GT(again.entries[0].token, lost.token);
  EXPECT_EQ(code(port_->complete(none_, lost, {.status = 200})), ErrorCode::kConflict);
  done(again.entries[0]);
}

TEST_P(FrontierContract, ResumingWorkerHasItsEntriesBackAtOnce) {
  CrawlId id = open({});
  CrawlEntry lost = lease(id).entries.at(0);
  run(port_->open(none_, {.resume = id, .worker = "somebody else"}));
  EXPECT_TRUE(lease(id).entries.empty());
  run(port_->open(none_, {.resume = id, .worker = "w"}));
  EXPECT_EQ(lease(id).entries.size(), 1u);
  EXPECT_EQ(code(port_->complete(none_, lost, {.status = 200})), ErrorCode::kConflict);
}

TEST_P(FrontierContract, RetriedEntryWaitsForItsTimeWithOneAttemptMore) {
  CrawlId id = open({});
  WallTime at = clock_.now() + Milliseconds(50);
  run(port_->retry(none_, lease(id).entries.at(0), {at, 503, "http_503"}));
  EntryLease none = lease(id);
  EXPECT_TRUE(none.entries.empty());
  EXPECT_FALSE(none.finished);
  EXPECT_EQ(none.next_at, at);
  EXPECT_EQ(why("http://h/").reason, "http_503");
  clock_.advance(Milliseconds(50));
  CrawlEntry again = lease(id).entries.at(0);
  EXPECT_EQ(again.attempts, 1);
  run(port_->retry(none_, again, {.at = at, .reason = "host_pause", .counts = false}));
  EXPECT_EQ(lease(id).entries.at(0).attempts, 1);
}

TEST_P(FrontierContract, PagesMaxIsExactAndAFailedFetchGivesItsPlaceBack) {
  CrawlId id = open({.pages_max = 2});
  done(lease(id).entries.at(0), {link("a"), link("b"), link("c")});
  EntryLease first = lease(id);
  ASSERT_EQ(first.entries.size(), 1u) << "with the seed two";
  EXPECT_TRUE(lease(id).entries.empty());
  run(port_->complete(none_, first.entries[0],
                      {.state = EntryState::kFailed, .status = 404, .reason = "http_404"}));
  EntryLease second = lease(id);
  ASSERT_EQ(second.entries.size(), 1u);
  done(second.entries[0]);
  EXPECT_TRUE(lease(id).finished);
  EXPECT_EQ(get(id).state, CrawlState::kDone);
  EXPECT_EQ(get(id).counters.done, 2);
  CrawlEntry left = why("http://h/c");
  EXPECT_EQ(left.state, EntryState::kSkipped);
  EXPECT_EQ(left.reason, "pages_max");
}

TEST_P(FrontierContract, DeepEntryIsSkippedUntilAShorterPathIsFound) {
  CrawlId id = open({.seeds = {link("one"), link("two")}, .depth_max = 1});
  EntryLease seeds = lease(id);
  EXPECT_EQ(done(seeds.entries.at(0), {link("a")}), 1);
  CrawlEntry a = lease(id).entries.at(0);
  EXPECT_EQ(done(a, {link("deep")}), 0);
  EXPECT_EQ(why("http://h/deep").state, EntryState::kSkipped);
  EXPECT_EQ(why("http://h/deep").reason, "depth");
  EXPECT_EQ(done(seeds.entries.at(1), {link("deep")}), 1);
  EntryLease found = lease(id);
  ASSERT_EQ(found.entries.size(), 1u);
  EXPECT_EQ(found.entries[0].depth, 1);
  EXPECT_EQ(get(id).counters.skipped, 0);
}

TEST_P(FrontierContract, WithinAHostTheShallowestComeFirst) {
  CrawlId id = open({.seeds = {link("one"), link("two")}});
  EntryLeaseRequest single{.entries_max = 1};
  done(lease(id, single).entries.at(0), {link("deeper")});
  run(port_->add(none_, id, {link("deepest")}));
  EXPECT_EQ(keys(lease(id)),
            (std::vector<std::string>{"http://h/two", "http://h/deeper", "http://h/deepest"}));
}

TEST_P(FrontierContract, HostsTakeTurnsAndBusyOnesAreLeftOut) {
  CrawlId id = open(
      {.seeds = {link("1", "a"), link("2", "a"), link("3", "a"), link("1", "b"), link("1", "c")}});
  EntryLeaseRequest batch{.entries_max = 2, .per_host_max = 1};
  EXPECT_EQ(keys(lease(id, batch)), (std::vector<std::string>{"http://a/1", "http://b/1"}));
  EXPECT_EQ(keys(lease(id, batch)), (std::vector<std::string>{"http://a/2", "http://c/1"}));
  batch.hosts_busy = {"a"};
  EXPECT_TRUE(lease(id, batch).entries.empty());
  batch.hosts_busy = {};
  EXPECT_EQ(keys(lease(id, batch)), std::vector<std::string>{"http://a/3"});
}

TEST_P(FrontierContract, AddedLinksAreNewOnce) {
  CrawlId id = open({.depth_max = 3});
  CrawlLink deep = link("deep");
  deep.hops = 4;
  EXPECT_EQ(run(port_->add(none_, id, {link("a"), link("b"), link(""), link("a")})), 2);
  EXPECT_EQ(run(port_->add(none_, id, {link("a")})), 0);
  run(port_->add(none_, id, {deep}));
  EXPECT_EQ(why("http://h/deep").reason, "depth");
}

TEST_P(FrontierContract, StoppedCrawlLeasesNothingButLetsWorkEndAndGoesOn) {
  CrawlId id = open({.seeds = {link("a"), link("b")}});
  CrawlEntry held = lease(id, {.entries_max = 1}).entries.at(0);
  run(port_->stop(none_, id));
  EXPECT_TRUE(lease(id).finished);
  EXPECT_EQ(get(id).state, CrawlState::kStopped);
  EXPECT_EQ(why("http://h/b").reason, "stopped");
  done(held);
  EXPECT_EQ(run(port_->open(none_, {.resume = id, .worker = "w"})).state, CrawlState::kRunning);
  EXPECT_EQ(keys(lease(id)), std::vector<std::string>{"http://h/b"});
}

TEST_P(FrontierContract, CountersAndReasonsAddUp) {
  CrawlId id = open({.seeds = {link("a"), link("b"), link("c"), link("d")}});
  auto entries = lease(id).entries;
  ASSERT_EQ(entries.size(), 4u);
  done(entries[0]);
  run(port_->complete(none_, entries[1], {.state = EntryState::kSkipped, .reason = "robots"}));
  run(port_->complete(none_, entries[2], {.state = EntryState::kSkipped, .reason = "robots"}));
  run(port_->complete(none_, entries[3],
                      {.state = EntryState::kFailed, .status = 500, .reason = "http_500"}));
  CrawlCounters counters = get(id).counters;
  EXPECT_EQ(counters.discovered, 4);
  EXPECT_EQ(counters.waiting + counters.leased, 0);
  EXPECT_EQ(counters.done, 1);
  EXPECT_EQ(counters.skipped, 2);
  EXPECT_EQ(counters.failed, 1);
  EXPECT_EQ(counters.fetched, 2) << "a server answered";
  ASSERT_EQ(counters.reasons.size(), 2u);
  EXPECT_EQ(counters.reasons[0].reason, "robots");
  EXPECT_EQ(counters.reasons[0].entries, 2);
  EXPECT_EQ(get(id).state, CrawlState::kDone);
  EXPECT_EQ(get(id).finished_at, clock_.now());
}

TEST_P(FrontierContract, WrongCallsAreRefused) {
  CrawlId id = open({});
  EXPECT_EQ(code(port_->open(none_, {.plan = {}})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(port_->lease(none_, {.crawl = id, .worker = "w", .entries_max = 0})),
            ErrorCode::kInvalidArgument);
  CrawlEntry seed = lease(id).entries.at(0);
  EXPECT_EQ(code(port_->complete(none_, seed, {.state = EntryState::kFailed})),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(port_->complete(none_, seed, {.state = EntryState::kWaiting})),
            ErrorCode::kInvalidArgument);
  const CrawlId unknown = "0000000000000000";
  EXPECT_EQ(code(port_->open(none_, {.resume = unknown})), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->add(none_, unknown, {link("a")})), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->lease(none_, {.crawl = unknown, .worker = "w"})), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->stop(none_, unknown)), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->crawls(none_, unknown)), ErrorCode::kNotFound);
  EXPECT_TRUE(run(port_->why(none_, "http://h/unknown")).empty());
}

TEST_P(FrontierContract, CrawlsAreListedNewestFirstAndKnowTheirOwnUrls) {
  CrawlId old = open({});
  clock_.advance(Milliseconds(1000));
  CrawlId recent = open({});
  auto crawls = run(port_->crawls(none_, ""));
  ASSERT_EQ(crawls.size(), 2u);
  EXPECT_EQ(crawls[0].id, recent);
  EXPECT_EQ(crawls[1].id, old);
  done(lease(old).entries.at(0));
  auto known = run(port_->why(none_, "http://h/"));
  ASSERT_EQ(known.size(), 2u);
  EXPECT_EQ(known[0].crawl, recent);
  EXPECT_EQ(known[0].state, EntryState::kWaiting);
  EXPECT_EQ(known[1].state, EntryState::kDone);
}

}  // namespace docmill::contract
