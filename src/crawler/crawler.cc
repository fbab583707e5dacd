// SPDX-License-Identifier: Apache-2.0
#include "crawler/crawler.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/this_coro.hpp>

#include "async/event.h"
#include "async/task_group.h"
#include "base/log.h"
#include "crawler/page_worker.h"

namespace docmill::crawler {
namespace {

constexpr int kLeaseBatchMax = 64;
constexpr Milliseconds kIdleWait{500};
constexpr Milliseconds kTroubleWait{500};

std::unexpected<Error> no_space() {
  return fail(ErrorCode::kUnavailable,
              "the disk is full: free space and crawl again, the crawl goes on where it was",
              std::string(kDiskFull));
}

bool is_loopback(const WebUrl& url) {
  return url.hostname == "localhost" || url.hostname.starts_with("127.") || url.hostname == "[::1]";
}

}  // namespace

// One crawl while it runs: its fetcher, its memory of hosts, and the loop that leases and spawns.
class Crawler::Run {
 public:
  Run(Crawler& crawler, const Crawl& crawl, CrawlScope scope, CrawlerSettings settings)
      : services_(crawler.services_),
        settings_(std::move(settings)),
        crawl_(crawl.id),
        worker_name_(crawler.worker_),
        fetcher_(settings_.fetcher, crawler.blocking_, services_.clock),
        hosts_(settings_.per_host_max, settings_.delay, settings_.back_off_max),
        robots_(settings_, fetcher_, services_.clock),
        pages_(services_, settings_, std::move(scope), crawl.plan.collection, fetcher_, hosts_,
               robots_) {}

  Task<void> run(Context context) {
    auto executor = co_await boost::asio::this_coro::executor;
    TaskGroup driver(executor, context);
    driver.spawn("fetcher", fetcher_.run(driver.context()));
    TaskGroup pages(executor, context);
    Status leased = co_await lease_and_spawn(context, pages);
    Status joined = co_await pages.join();
    driver.cancel();
    static_cast<void>(co_await driver.join());
    if (!leased) co_return leased;
    co_return joined;
  }

 private:
  Task<void> lease_and_spawn(Context context, TaskGroup& pages) {
    for (;;) {
      DOCMILL_CO_TRY_VOID(context.check());
      if (disk_full_) co_return no_space();
      int places = settings_.fetcher.connections_max - in_flight_.load();
      if (places <= 0) {
        DOCMILL_CO_TRY_VOID(co_await page_ended_.wait(context));
        continue;
      }
      SteadyTime now = services_.clock.steady_now();
      EntryLeaseRequest request{.crawl = crawl_,
                                .worker = worker_name_,
                                .entries_max = std::min(places, kLeaseBatchMax),
                                .per_host_max = settings_.per_host_max,
                                .hosts_busy = hosts_.busy(now),
                                .duration = settings_.lease};
      auto lease = co_await services_.frontier.lease(context, std::move(request));
      if (!lease && lease.error().reason == kDiskFull) co_return no_space();
      if (!lease && policy_of(lease.error().code).retryable &&
          lease.error().code != ErrorCode::kCancelled) {
        log_error("cannot lease URLs", lease.error(), {{"crawl", crawl_}});
        DOCMILL_CO_TRY_VOID(co_await sleep_for(context, kTroubleWait));
        continue;
      }
      if (!lease) co_return fail(std::move(lease).error());
      if (lease->finished) co_return Status();
      for (CrawlEntry& entry : lease->entries) {
        ++in_flight_;
        HostTurn turn(hosts_, entry.link.host, services_.clock);
        pages.spawn("page", process(pages.context(), std::move(entry), std::move(turn)));
      }
      if (lease->entries.empty()) co_await wait_for_work(context, now);
    }
  }

  // Until a page ended, a host is free again, or a moment passed (another process may add URLs).
  boost::asio::awaitable<void> wait_for_work(Context context, SteadyTime now) {
    Milliseconds wait = kIdleWait;
    if (auto free = hosts_.next_free(now))
      wait = std::min(wait, std::chrono::ceil<Milliseconds>(*free - now));
    Context limited = context.with_timeout(std::max(wait, Milliseconds(1)));
    static_cast<void>(co_await page_ended_.wait(limited));
  }

  Task<void> process(Context context, CrawlEntry entry, HostTurn turn) {
    std::string url = entry.link.url;
    Status done = co_await pages_.process(context, std::move(entry), std::move(turn));
    if (!done && done.error().reason == kDiskFull) disk_full_ = true;
    // The lease runs out and the URL is tried again; the crawl goes on.
    if (!done && done.error().code != ErrorCode::kCancelled)
      log_error("a URL could not be settled", done.error(), {{"url", url}});
    --in_flight_;
    page_ended_.notify();
    co_return Status();
  }

  CrawlerServices services_;
  CrawlerSettings settings_;
  CrawlId crawl_;
  std::string worker_name_;
  Fetcher fetcher_;
  HostBook hosts_;
  RobotsCache robots_;
  PageWorker pages_;
  std::atomic<int> in_flight_ = 0;
  std::atomic<bool> disk_full_ = false;
  Event page_ended_;
};

Crawler::Crawler(CrawlerServices services, CrawlerSettings settings, BlockingPool& blocking,
                 std::string worker)
    : services_(std::move(services)),
      settings_(std::move(settings)),
      blocking_(blocking),
      worker_(std::move(worker)) {}

Status Crawler::check(const CrawlPlan& plan) const {
  DOCMILL_TRY(CrawlScope scope, CrawlScope::create(plan));
  if (plan.depth_max < 0 || plan.pages_max < 1)
    return fail(ErrorCode::kInvalidArgument, "a crawl has depth >= 0 and a limit >= 1");
  bool has_contact = settings_.fetcher.user_agent.find("+http") != std::string::npos ||
                     settings_.fetcher.user_agent.find("mailto:") != std::string::npos;
  for (const CrawlLink& seed : plan.seeds) {
    DOCMILL_TRY(WebUrl url, parse_url(seed.url));
    if (!has_contact && !is_loopback(url))
      return fail(
          ErrorCode::kPermissionDenied,
          "crawling other people's sites needs a contact they can reach: set crawler.contact "
          "to a URL or e-mail address",
          "contact_required");
  }
  return {};
}

Task<Crawl> Crawler::run(Context context, CrawlOpening opening) {
  if (opening.resume.empty()) DOCMILL_CO_TRY_VOID(check(opening.plan));
  opening.worker = worker_;
  DOCMILL_CO_TRY(Crawl crawl, co_await services_.frontier.open(context, std::move(opening)));
  DOCMILL_CO_TRY(CrawlScope scope, CrawlScope::create(crawl.plan));
  CrawlerSettings settings = settings_;
  settings.fetcher.allow_private = crawl.plan.allow_private;
  Run run(*this, crawl, std::move(scope), std::move(settings));
  DOCMILL_CO_TRY_VOID(co_await run.run(context));
  DOCMILL_CO_TRY(auto crawls, co_await services_.frontier.crawls(context, crawl.id));
  if (crawls.empty()) co_return fail(ErrorCode::kNotFound, "the crawl is gone");
  co_return std::move(crawls.front());
}

std::vector<MetricSpec> crawler_metrics() {
  return {
      {MetricKind::kCounter,
       "docmill_crawl_responses_total",
       "Answers of web servers by class.",
       {"class"},
       {}},
      {MetricKind::kCounter, "docmill_crawl_urls_total", "URLs decided, by state.", {"state"}, {}},
  };
}

}  // namespace docmill::crawler
