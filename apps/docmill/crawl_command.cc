// SPDX-License-Identifier: Apache-2.0
// crawl URL | crawl status | crawl why URL.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "commands.h"
#include "console.h"
#include "crawler/crawl_scope.h"
#include "crawler/crawler.h"
#include "crawler/web_url.h"

namespace docmill::app {
namespace {

constexpr Milliseconds kLookEvery{200};

std::string reasons_json(const CrawlCounters& counters) {
  std::string out;
  for (const ReasonCount& reason : counters.reasons)
    out += fmt::format(R"({}{{"state": "{}", "reason": {}, "urls": {}}})", out.empty() ? "" : ", ",
                       name_of(reason.state), json_string(reason.reason), reason.entries);
  return out;
}

void print_crawl(const Crawl& crawl, bool json) {
  const CrawlCounters& c = crawl.counters;
  std::string seed = crawl.plan.seeds.empty() ? "" : crawl.plan.seeds.front().url;
  if (json) {
    print_line(fmt::format(
        R"({{"id": "{}", "state": "{}", "url": {}, "discovered": {}, "waiting": {}, )"
        R"("fetched": {}, )"
        R"("pages": {}, "documents": {}, "skipped": {}, "failed": {}, "reasons": [{}]}})",
        crawl.id, name_of(crawl.state), json_string(seed), c.discovered, c.waiting + c.leased,
        c.fetched, c.done, c.stored, c.skipped, c.failed, reasons_json(c)));
    return;
  }
  print_line(fmt::format("{}  {}  {}", crawl.id, name_of(crawl.state), terminal_text(seed)));
  print_line(fmt::format("  {} pages, {} documents, {} skipped, {} failed, {} waiting", c.done,
                         c.stored, c.skipped, c.failed, c.waiting + c.leased));
  for (const ReasonCount& reason : c.reasons)
    if (!reason.reason.empty())
      print_line(
          fmt::format("    {} {}: {}", reason.entries, name_of(reason.state), reason.reason));
}

void print_entry(const CrawlEntry& entry, bool json) {
  if (json) {
    print_line(fmt::format(
        R"({{"crawl": "{}", "url": {}, "state": "{}", "reason": {}, "status": {}, "depth": {}, )"
        R"("referrer": {}, "attempts": {}, "document": {}}})",
        entry.crawl, json_string(entry.link.url), name_of(entry.state), json_string(entry.reason),
        entry.status, entry.depth, json_string(entry.referrer), entry.attempts,
        json_string(entry.document)));
    return;
  }
  print_line(fmt::format("{}", terminal_text(entry.link.url)));
  print_line(fmt::format("  crawl {}: {}{}{}", entry.crawl, name_of(entry.state),
                         entry.reason.empty() ? "" : ", " + entry.reason,
                         entry.status ? fmt::format(" (HTTP {})", entry.status) : ""));
  print_line(fmt::format("  depth {}, found on {}, {} failed tries", entry.depth,
                         entry.referrer.empty() ? "the command line" : entry.referrer,
                         entry.attempts));
  if (!entry.document.empty()) print_line("  document " + entry.document);
}

Task<int> crawl_status(App& app, Context context, Options options) {
  std::string id = options.arguments.size() > 1 ? options.arguments[1] : "";
  DOCMILL_CO_TRY(auto crawls, co_await app.store().frontier->crawls(context, id));
  for (const Crawl& crawl : crawls) print_crawl(crawl, options.json);
  if (crawls.empty() && !options.json) print_line("There was no crawl yet.");
  co_return kExitOk;
}

Task<int> crawl_why(App& app, Context context, Options options) {
  if (options.arguments.size() != 2)
    co_return fail(ErrorCode::kInvalidArgument, "use: docmill crawl why URL");
  DOCMILL_CO_TRY(crawler::WebUrl url, crawler::parse_url(options.arguments[1]));
  DOCMILL_CO_TRY(auto entries, co_await app.store().frontier->why(context, url.key));
  for (const CrawlEntry& entry : entries) print_entry(entry, options.json);
  if (entries.empty())
    co_return fail(
        ErrorCode::kNotFound,
        "no crawl knows this URL: no page that was fetched links to it inside the scope");
  co_return kExitOk;
}

// An unfinished crawl of the same seeds goes on; a finished one starts anew.
Task<CrawlId> unfinished(App& app, Context context, CrawlPlan plan) {
  DOCMILL_CO_TRY(auto crawls, co_await app.store().frontier->crawls(context, ""));
  for (const Crawl& crawl : crawls) {
    bool same =
        crawl.plan.collection == plan.collection && crawl.plan.scope == plan.scope &&
        crawl.plan.depth_max == plan.depth_max && crawl.plan.pages_max == plan.pages_max &&
        std::ranges::equal(crawl.plan.seeds, plan.seeds, {}, &CrawlLink::key, &CrawlLink::key);
    if (same && crawl.state != CrawlState::kDone) co_return crawl.id;
  }
  co_return CrawlId();
}

Result<Milliseconds> delay_of(const std::string& text) {
  DOCMILL_TRY(ConfigReader reader, ConfigReader::parse("delay: " + text, "--delay"));
  Milliseconds delay{0};
  reader.read("delay", delay, {0, 3'600'000});
  DOCMILL_TRY_VOID(reader.finish());
  return delay;
}

struct Watched {
  std::mutex mutex;
  std::optional<Result<Crawl>> ended;  // guarded
};

Task<void> run_crawl(crawler::Crawler& crawler, Context context, CrawlOpening opening,
                     std::shared_ptr<Watched> watched) {
  auto crawl = co_await crawler.run(context, std::move(opening));
  std::scoped_lock lock(watched->mutex);
  watched->ended = std::move(crawl);
  co_return Status();
}

// Until the crawl has ended and, unless only pages are wanted, no document of the collection waits
// or runs any more.
Task<Crawl> watch(App& app, Context context, Options options, std::shared_ptr<Watched> watched) {
  ProgressLine line(options.json);
  SteadyTime start = system_clock().steady_now();
  for (;;) {
    DOCMILL_CO_TRY(CatalogCounts counts,
                   co_await app.store().catalog->count(context, options.collection));
    std::int64_t open = counts.waiting + counts.running;
    std::chrono::duration<double> seconds = system_clock().steady_now() - start;
    line.show(fmt::format("{} documents done, {} in work, {} dead, {:.1f}/s", counts.done, open,
                          counts.dead,
                          static_cast<double>(counts.done) / std::max(seconds.count(), 0.1)));
    {
      std::scoped_lock lock(watched->mutex);
      if (watched->ended && !*watched->ended) co_return fail(watched->ended->error());
      if (watched->ended && (open == 0 || options.fetch_only)) co_return **watched->ended;
    }
    DOCMILL_CO_TRY_VOID(co_await sleep_for(context, kLookEvery));
  }
}

}  // namespace

Task<int> crawl_command(App& app, Context context, Options options) {
  if (options.arguments[0] == "status")
    co_return co_await crawl_status(app, context, std::move(options));
  if (options.arguments[0] == "why") co_return co_await crawl_why(app, context, std::move(options));
  CrawlPlan plan{.collection = options.collection,
                 .depth_max = options.depth,
                 .pages_max = options.limit,
                 .scope = options.scope,
                 .include = options.include,
                 .exclude = options.exclude,
                 .allow_private = options.allow_private};
  DOCMILL_CO_TRY(plan.seeds, crawler::seeds_of(options.arguments));
  DOCMILL_CO_TRY(CrawlId resume, co_await unfinished(app, context, plan));
  std::optional<Milliseconds> delay;
  if (!options.delay.empty()) {
    DOCMILL_CO_TRY(delay, delay_of(options.delay));
  }
  DOCMILL_CO_TRY(
      crawler::Crawler * crawler,
      app.crawler({.delay = delay, .per_host_max = options.per_host, .contact = options.contact}));
  TaskGroup group(app.runtime().executor(), context);
  if (!options.fetch_only) DOCMILL_CO_TRY_VOID(app.start_processor(group));
  auto watched = std::make_shared<Watched>();
  CrawlOpening opening{.resume = resume, .plan = std::move(plan), .worker = ""};
  group.spawn("crawl", run_crawl(*crawler, group.context(), std::move(opening), watched));
  auto crawl = co_await watch(app, context, options, watched);
  group.cancel();
  static_cast<void>(co_await group.join());
  if (!crawl) co_return fail(std::move(crawl).error());
  print_crawl(*crawl, options.json);
  DOCMILL_CO_TRY(CatalogCounts counts,
                 co_await app.store().catalog->count(Context::background(), options.collection));
  co_return counts.dead == 0 ? kExitOk : kExitSomeDead;
}

}  // namespace docmill::app
