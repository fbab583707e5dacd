// SPDX-License-Identifier: Apache-2.0
#include "crawler/page_worker.h"

#include <algorithm>
#include <unordered_set>

#include "async/task_group.h"
#include "base/log.h"
#include "base/metrics.h"

namespace docmill::crawler {
namespace {

constexpr std::uint64_t kMemoryBodyMax = 4 << 20;  // larger bodies are streamed to the blob store
constexpr std::size_t kRedirectsRemembered = 100'000;
constexpr int kSitemapDepthMax = 3;
constexpr Milliseconds kSitemapTime{60'000};
constexpr Milliseconds kTurnPoll{50};

// Media that hold no text to extract; everything else is kept and typed by content later.
bool is_unwanted(std::string_view media_type) {
  for (std::string_view prefix :
       {"image/", "video/", "audio/", "font/", "text/css", "text/javascript",
        "application/javascript", "application/x-javascript", "application/zip", "application/gzip",
        "application/x-tar", "application/json", "application/wasm", "application/x-font"})
    if (media_type.starts_with(prefix)) return true;
  return false;
}

bool is_html(std::string_view media_type) {
  return media_type.empty() || media_type == "text/html" || media_type == "application/xhtml+xml";
}

bool may_heal(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded ||
         error.code == ErrorCode::kRateLimited;
}

Error http_error(int status) {
  bool later = status == 408 || status == 425 || status == 429 || status >= 500;
  return Error(later ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
               "the server answered " + std::to_string(status), "http_" + std::to_string(status));
}

EntryOutcome skipped(std::string reason, int status = 0) {
  return {.state = EntryState::kSkipped, .status = status, .reason = std::move(reason)};
}

// Somebody else has the URL by now; what we stored is content-addressed and does no harm.
Status unless_taken(Status written) {
  return !written && written.error().code == ErrorCode::kConflict ? Status() : written;
}

}  // namespace

PageWorker::PageWorker(CrawlerServices services, const CrawlerSettings& settings, CrawlScope scope,
                       std::string collection, Fetcher& fetcher, HostBook& hosts,
                       RobotsCache& robots)
    : services_(std::move(services)),
      settings_(settings),
      scope_(std::move(scope)),
      collection_(std::move(collection)),
      fetcher_(fetcher),
      hosts_(hosts),
      robots_(robots) {}

Task<void> PageWorker::process(Context context, CrawlEntry entry, HostTurn turn) {
  auto url = parse_url(entry.link.url);
  if (!url) co_return co_await decide(context, entry, skipped(url.error().reason));
  bool first = false;
  auto rules = co_await robots_.rules(context, *url, &first);
  if (!rules) co_return co_await decide(context, entry, fail(std::move(rules).error()));
  if (auto delay = (*rules)->crawl_delay())
    hosts_.set_delay(url->host, std::min(*delay, settings_.crawl_delay_max));
  if (first) {
    Status loaded = co_await load_sitemaps(context, entry.crawl, (*rules)->sitemaps());
    if (!loaded) log_error("a sitemap was not read", loaded.error(), {{"host", url->host}});
  }
  if (!(*rules)->allows(url->path)) co_return co_await decide(context, entry, skipped("robots"));
  DOCMILL_CO_TRY(std::optional<Milliseconds> pause, co_await wait_turn(context, turn));
  if (pause) {
    EntryRetry retry{.at = services_.clock.now() + *pause, .reason = "host_pause", .counts = false};
    co_return unless_taken(
        co_await services_.frontier.retry(context, std::move(entry), std::move(retry)));
  }
  auto outcome = co_await visit(context, entry, *url, turn);
  turn.end();
  turn_ended_.notify();
  co_return co_await decide(context, entry, std::move(outcome));
}

Task<std::optional<Milliseconds>> PageWorker::wait_turn(Context context, HostTurn& turn) {
  for (;;) {
    HostBook::Turn taken = turn.take();
    if (taken.granted) co_return std::nullopt;
    Milliseconds wait = kTurnPoll;
    if (taken.not_before)
      wait = std::max(Milliseconds(1), std::chrono::ceil<Milliseconds>(
                                           *taken.not_before - services_.clock.steady_now()));
    // The lease would run out meanwhile.
    if (wait > settings_.lease / 2) co_return wait;
    if (taken.not_before) {
      DOCMILL_CO_TRY_VOID(co_await sleep_for(context, wait));
    } else {
      DOCMILL_CO_TRY_VOID(context.check());
      static_cast<void>(co_await turn_ended_.wait(context.with_timeout(wait)));
    }
  }
}

Task<EntryOutcome> PageWorker::visit(Context context, CrawlEntry entry, WebUrl url,
                                     HostTurn& turn) {
  Transfer transfer = fetcher_.fetch(url.href);
  auto head = co_await transfer.head(context);
  if (!head) {
    if (may_heal(head.error())) hosts_.back_off(url.host, services_.clock.steady_now(), {});
    co_return fail(std::move(head).error());
  }
  services_.metrics
      .get("docmill_crawl_responses_total", {std::to_string(head->status / 100) + "xx"})
      .add();
  if (head->status == 429 || head->status == 503) {
    hosts_.back_off(url.host, services_.clock.steady_now(), head->retry_after);
    Error error = http_error(head->status);
    error.retry_after = head->retry_after;
    co_return fail(std::move(error));
  }
  hosts_.succeeded(url.host);
  co_return co_await follow_answer(context, std::move(entry), std::move(url), transfer, turn,
                                   *head);
}

Task<EntryOutcome> PageWorker::follow_answer(Context context, CrawlEntry entry, WebUrl url,
                                             Transfer& transfer, HostTurn& turn,
                                             ResponseHead head) {
  if (head.status >= 300 && head.status < 400 && !head.location.empty())
    co_return redirect(entry, url, head);
  if (head.status < 200 || head.status >= 300) co_return fail(http_error(head.status));
  if (is_unwanted(head.media_type)) co_return skipped("type", head.status);
  co_return co_await take_page(context, std::move(url), transfer, turn, std::move(head));
}

// The target is a URL of its own: it passes robots, scope, guard and turn like any other.
EntryOutcome PageWorker::redirect(const CrawlEntry& entry, const WebUrl& url,
                                  const ResponseHead& head) {
  EntryOutcome outcome = skipped("redirect", head.status);
  auto target = resolve_url(head.location, url.href);
  if (!target) return skipped("redirect_bad_url", head.status);
  if (!scope_.contains(*target)) return skipped("redirect_out_of_scope", head.status);
  std::scoped_lock lock(mutex_);
  auto found = redirect_hops_.find(entry.link.key);
  int hops = found == redirect_hops_.end() ? 1 : found->second + 1;
  if (hops > settings_.redirects_max) return skipped("redirect_limit", head.status);
  if (redirect_hops_.size() > kRedirectsRemembered) redirect_hops_.clear();
  redirect_hops_[target->key] = hops;
  outcome.links.push_back(link_of(*target, 0));
  return outcome;
}

Task<PageWorker::Body> PageWorker::store_body(Context context, Transfer& transfer, HostTurn& turn) {
  Body body;
  Hasher hasher;
  std::unique_ptr<BlobWriter> writer;
  for (;;) {
    DOCMILL_CO_TRY(std::string piece, co_await transfer.next(context));
    if (piece.empty()) break;
    hasher.update(piece);
    body.size_bytes += piece.size();
    if (!writer && body.bytes.size() + piece.size() > kMemoryBodyMax) {
      DOCMILL_CO_TRY(writer, co_await services_.blobs.create_writer(context));
      DOCMILL_CO_TRY_VOID(co_await writer->write(context, body.bytes));
    }
    if (body.size_bytes <= settings_.parse_bytes_max) {
      body.bytes += piece;
    } else {
      body.bytes.clear();
      body.bytes.shrink_to_fit();
    }
    if (writer) DOCMILL_CO_TRY_VOID(co_await writer->write(context, std::move(piece)));
  }
  // The request is over: the next may start while this page is stored and parsed.
  turn.end();
  turn_ended_.notify();
  body.content = hasher.finish();
  body.whole = body.size_bytes <= settings_.parse_bytes_max;
  std::string key = content_key(body.content);
  if (writer) {
    DOCMILL_CO_TRY_VOID(co_await writer->commit(context, key));
  } else {
    DOCMILL_CO_TRY_VOID(co_await services_.blobs.put(context, key, body.bytes));
  }
  co_return body;
}

Task<EntryOutcome> PageWorker::take_page(Context context, WebUrl url, Transfer& transfer,
                                         HostTurn& turn, ResponseHead head) {
  DOCMILL_CO_TRY(Body body, co_await store_body(context, transfer, turn));
  EntryOutcome outcome{.status = head.status, .content = body.content};
  if (body.size_bytes == 0) co_return skipped("empty", head.status);
  NewVersion version{.collection = collection_,
                     .uri = url.key,
                     .source_name = url.href,
                     .content = body.content,
                     .size_bytes = body.size_bytes,
                     .declared_media_type = head.media_type,
                     .declared_charset = head.charset,
                     .modified_at = head.last_modified};
  bool noindex = head.robots_tag.find("noindex") != std::string::npos;
  bool nofollow = head.robots_tag.find("nofollow") != std::string::npos;
  if (body.whole && is_html(head.media_type)) {
    auto page = co_await services_.parse_page(context, version, std::move(body.bytes));
    if (page) {
      noindex = noindex || page->noindex;
      if (!nofollow && !page->nofollow) add_links(outcome, *page, url);
    } else if (policy_of(page.error().code).retryable &&
               !page.error().reason.starts_with("limit_")) {
      co_return fail(std::move(page).error());
    }
    // A page the parser refuses is recorded all the same: its dead letter says why.
  }
  if (noindex) {
    outcome.state = EntryState::kSkipped;
    outcome.reason = "noindex";
  } else {
    outcome.version = std::move(version);
  }
  co_return outcome;
}

void PageWorker::add_links(EntryOutcome& outcome, const document::Document& page,
                           const WebUrl& url) {
  std::string base = url.href;
  if (!page.base_href.empty())
    if (auto resolved = resolve_url(page.base_href, url.href)) base = resolved->href;
  std::unordered_set<std::string> seen{url.key};
  for (const document::Link& link : page.links) {
    if (link.nofollow || link.relation == "canonical") continue;
    auto target = resolve_url(link.href, base);
    if (!target || !scope_.contains(*target) || !seen.insert(target->key).second) continue;
    outcome.links.push_back(link_of(*target, 1));
    if (outcome.links.size() == settings_.links_max) break;
  }
}

Task<void> PageWorker::load_sitemaps(Context context, CrawlId crawl,
                                     std::vector<std::string> sitemaps) {
  Context limited = context.with_timeout(kSitemapTime);
  std::vector<std::pair<std::string, int>> waiting;  // URL, nesting
  for (std::string& url : sitemaps) waiting.emplace_back(std::move(url), 0);
  std::unordered_set<std::string> seen;
  std::size_t urls = 0;
  for (std::size_t i = 0; i < waiting.size() && urls < settings_.sitemap_urls_max; ++i) {
    auto [text, nesting] = waiting[i];
    auto url = parse_url(text);
    if (!url || !scope_.contains(*url) || !seen.insert(url->key).second) continue;
    if (seen.size() > static_cast<std::size_t>(settings_.sitemaps_max)) break;
    auto sitemap = co_await load_sitemap(limited, *url);
    if (!sitemap) {
      log_error("a sitemap was not read", sitemap.error(), {{"url", url->href}});
      continue;
    }
    std::vector<CrawlLink> links;
    for (const document::Link& link : sitemap->links) {
      auto target = resolve_url(link.href, url->href);
      if (!target) continue;
      if (link.relation == "sitemap_index") {
        if (nesting < kSitemapDepthMax) waiting.emplace_back(target->href, nesting + 1);
      } else if (scope_.contains(*target) && ++urls <= settings_.sitemap_urls_max) {
        links.push_back(link_of(*target, 1));
      }
    }
    if (!links.empty())
      DOCMILL_CO_TRY_VOID(co_await services_.frontier.add(context, crawl, std::move(links)));
  }
  co_return Status();
}

Task<std::string> PageWorker::fetch_sitemap(Context context, std::string url) {
  Transfer transfer = fetcher_.fetch(url);
  DOCMILL_CO_TRY(ResponseHead head, co_await transfer.head(context));
  if (head.status != 200) co_return fail(http_error(head.status));
  std::string bytes;
  for (;;) {
    DOCMILL_CO_TRY(std::string piece, co_await transfer.next(context));
    if (piece.empty()) break;
    bytes += piece;
    if (bytes.size() > settings_.parse_bytes_max)
      co_return fail(ErrorCode::kTooLarge, "the sitemap is over the limit", "limit_body_bytes");
  }
  co_return bytes;
}

Task<document::Document> PageWorker::load_sitemap(Context context, WebUrl url) {
  HostTurn turn(hosts_, url.host, services_.clock);
  DOCMILL_CO_TRY(std::optional<Milliseconds> pause, co_await wait_turn(context, turn));
  if (pause)
    co_return fail(ErrorCode::kUnavailable, "the host wants to be left alone", "host_pause");
  auto bytes = co_await fetch_sitemap(context, url.href);
  turn.end();
  turn_ended_.notify();
  if (!bytes) co_return fail(std::move(bytes).error());
  co_return co_await services_.parse_sitemap(context, url.href, std::move(*bytes));
}

Task<void> PageWorker::decide(Context context, CrawlEntry entry, Result<EntryOutcome> outcome) {
  if (!outcome &&
      (outcome.error().code == ErrorCode::kCancelled || outcome.error().reason == kDiskFull))
    co_return fail(std::move(outcome).error());
  int attempts = entry.attempts + 1;
  if (!outcome && may_heal(outcome.error()) && attempts < settings_.attempts_max) {
    const Error& error = outcome.error();
    Milliseconds pause = error.retry_after.value_or(settings_.retry_base * (1 << entry.attempts));
    EntryRetry retry{.at = services_.clock.now() + std::min(pause, settings_.back_off_max),
                     .reason = std::string(reason_of(error))};
    co_return unless_taken(co_await services_.frontier.retry(context, entry, std::move(retry)));
  }
  if (!outcome)
    outcome = EntryOutcome{.state = EntryState::kFailed,
                           .reason = std::string(reason_of(outcome.error()))};
  services_.metrics.get("docmill_crawl_urls_total", {docmill::name_of(outcome->state)}).add();
  auto completed =
      co_await services_.frontier.complete(context, std::move(entry), std::move(*outcome));
  co_return unless_taken(completed ? Status() : fail(std::move(completed).error()));
}

}  // namespace docmill::crawler
