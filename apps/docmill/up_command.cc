// SPDX-License-Identifier: Apache-2.0
// up: crawler, processor and gateway in one process, until a signal.
#include <fmt/format.h>

#include <charconv>

#include "base/log.h"
#include "commands.h"
#include "console.h"
#include "crawler/crawl_scope.h"
#include "crawler/crawler.h"
#include "gateway/gateway.h"
#include "retrieval/searcher.h"

namespace docmill::app {
namespace {

constexpr std::size_t kCrawlsMax = 8;  // running at once

// Crawls that the API starts, each in the group until it ends.
class BackgroundCrawls final : public gateway::CrawlService {
 public:
  BackgroundCrawls(crawler::Crawler& crawler, Frontier& frontier, TaskGroup& group,
                   bool allow_private)
      : crawler_(crawler), frontier_(frontier), group_(group), allow_private_(allow_private) {}

  Task<Crawl> start(Context context, gateway::CrawlRequest request) override {
    auto seeds = crawler::seeds_of({request.url});
    if (!seeds) co_return fail(ErrorCode::kInvalidArgument, "url: " + seeds.error().message);
    CrawlPlan plan{.seeds = std::move(*seeds),
                   .collection = std::move(request.collection),
                   .depth_max = request.depth,
                   .pages_max = request.limit,
                   .scope = "host",
                   .allow_private = allow_private_};
    DOCMILL_CO_TRY_VOID(crawler_.check(plan));
    if (group_.running() >= kCrawlsMax)
      co_return fail(ErrorCode::kRateLimited, "too many crawls run; wait until one has ended");
    CrawlOpening opening{.resume = "", .plan = std::move(plan), .worker = ""};
    DOCMILL_CO_TRY(Crawl crawl, co_await frontier_.open(context, std::move(opening)));
    group_.spawn("crawl", run(crawl.id));
    co_return crawl;
  }

  Task<std::vector<Crawl>> crawls(Context context, CrawlId id) override {
    co_return co_await frontier_.crawls(context, std::move(id));
  }

  // Crawls that a stopped or killed process left unfinished go on.
  Task<void> resume_unfinished(Context context) {
    DOCMILL_CO_TRY(auto crawls, co_await frontier_.crawls(context, ""));
    for (const Crawl& crawl : crawls)
      if (crawl.state == CrawlState::kRunning && group_.running() < kCrawlsMax)
        group_.spawn("crawl", run(crawl.id));
    co_return Status();
  }

 private:
  Task<void> run(CrawlId id) {
    CrawlOpening opening{.resume = std::move(id), .plan = {}, .worker = ""};
    auto crawl = co_await crawler_.run(group_.context(), std::move(opening));
    if (!crawl) co_return fail(std::move(crawl).error());
    log(LogLevel::kInfo, "crawl ended", {{"crawl", crawl->id}, {"pages", crawl->counters.done}});
    co_return Status();
  }

  crawler::Crawler& crawler_;
  Frontier& frontier_;
  TaskGroup& group_;
  const bool allow_private_;
};

Result<std::int64_t> day_of(const std::string& text, int days_later) {
  int year = 0, month = 0, day = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d", &year, &month, &day) != 3)
    return fail(ErrorCode::kInvalidArgument, "a date is written YYYY-MM-DD");
  std::chrono::year_month_day date{std::chrono::year(year),
                                   std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return fail(ErrorCode::kInvalidArgument, "there is no such date");
  auto start = std::chrono::sys_days(date) + std::chrono::days(days_later);
  return to_unix_ms(std::chrono::time_point_cast<Milliseconds>(start));
}

class RetrievalSearch final : public gateway::SearchService {
 public:
  explicit RetrievalSearch(retrieval::Searcher& searcher) : searcher_(searcher) {}

  Task<std::vector<gateway::SearchResult>> search(Context context,
                                                  gateway::SearchRequest request) override {
    auto mode = retrieval::mode_of_name(request.mode);
    if (!mode) co_return fail(ErrorCode::kInvalidArgument, "mode: is hybrid, dense or lexical");
    retrieval::SearchRequest inner{.collection = std::move(request.collection),
                                   .query = std::move(request.query),
                                   .k = request.limit,
                                   .mode = *mode};
    if (!request.document.empty()) inner.filter.documents.push_back(request.document);
    if (!request.media_type.empty()) inner.filter.media_types.push_back(request.media_type);
    if (!request.modified_after.empty()) {
      DOCMILL_CO_TRY(inner.filter.date_from_unix_ms, day_of(request.modified_after, 0));
    }
    if (!request.modified_before.empty()) {
      DOCMILL_CO_TRY(inner.filter.date_until_unix_ms, day_of(request.modified_before, 1));
    }
    DOCMILL_CO_TRY(auto found, co_await searcher_.search(context, std::move(inner)));
    std::vector<gateway::SearchResult> results;
    for (retrieval::SearchResult& one : found.results)
      results.push_back({.document = std::move(one.document),
                         .uri = std::move(one.uri),
                         .title = std::move(one.title),
                         .page = static_cast<std::uint32_t>(one.page_first),
                         .score = one.score,
                         .text = std::move(one.text),
                         .heading_path = std::move(one.heading_path)});
    co_return results;
  }

 private:
  retrieval::Searcher& searcher_;
};

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Result<Address> parse_listen(const std::string& text) {
  std::size_t colon = text.rfind(':');
  Address address;
  const char* end = text.data() + text.size();
  if (colon != std::string::npos) {
    auto [rest, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    if (error == std::errc() && rest == end) {
      address.host = text.substr(0, colon);
      if (address.host.starts_with('[') && address.host.ends_with(']'))
        address.host = address.host.substr(1, address.host.size() - 2);
      if (!address.host.empty()) return address;
    }
  }
  return fail(ErrorCode::kInvalidArgument,
              "\"" + text + "\" is no address to listen on; write 127.0.0.1:8080 or [::1]:8080");
}

}  // namespace

Task<int> up_command(App& app, Context context, Options options) {
  DOCMILL_CO_TRY(Address listen,
                 parse_listen(options.listen.empty() ? app.settings().listen : options.listen));
  TaskGroup crawl_group(app.runtime().executor(), context);
  TaskGroup group(app.runtime().executor(), context);
  DOCMILL_CO_TRY_VOID(app.start_processor(group));
  // From here on errors must pass through the end, which joins what was started.
  auto serve = [&]() -> Result<std::unique_ptr<gateway::Gateway>> {
    DOCMILL_TRY(crawler::Crawler * crawler, app.crawler());
    DOCMILL_TRY(retrieval::Searcher * searcher, app.searcher());
    DOCMILL_TRY(auto chat_models, app.chat_models());
    DOCMILL_TRY(Embedder * embedder, app.embedder());
    auto crawls = std::make_shared<BackgroundCrawls>(*crawler, *app.store().frontier, crawl_group,
                                                     app.settings().crawl_allow_private);
    app.keep(crawls);
    auto search = std::make_shared<RetrievalSearch>(*searcher);
    app.keep(search);
    crawl_group.spawn("resume crawls", crawls->resume_unfinished(crawl_group.context()));
    gateway::GatewaySettings settings{
        .address = listen.host, .port = listen.port, .drain_timeout = app.settings().stop_timeout};
    return gateway::Gateway::create(app.runtime().executor(),
                                    {.clock = system_clock(),
                                     .metrics = app.metrics(),
                                     .blobs = *app.store().blobs,
                                     .catalog = *app.store().catalog,
                                     .keys = *app.store().keys,
                                     .embedder = embedder,
                                     .chat_models = std::move(chat_models),
                                     .search = *search,
                                     .crawls = *crawls,
                                     .readiness = {},
                                     .sandbox = app.sandbox()},
                                    std::move(settings));
  };
  auto gateway = serve();
  Status served;
  if (gateway) {
    print_line(
        options.json
            ? fmt::format(R"({{"url": "{}", "sandbox": "{}"}})", (*gateway)->url(), app.sandbox())
            : fmt::format("docmill listens on {} (sandbox {}, data in {})", (*gateway)->url(),
                          app.sandbox(), app.settings().data_dir));
    served = co_await (*gateway)->run(context);
  }
  crawl_group.cancel();
  group.cancel();
  static_cast<void>(co_await crawl_group.join());
  static_cast<void>(co_await group.join());
  if (!gateway) co_return fail(std::move(gateway).error());
  if (!served && served.error().code != ErrorCode::kCancelled)
    co_return fail(std::move(served).error());
  co_return kExitOk;
}

}  // namespace docmill::app
