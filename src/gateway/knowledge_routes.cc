// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/json_text.h"
#include "gateway/json_fields.h"
#include "gateway/routes.h"

namespace docmill::gateway {
namespace {

constexpr std::uint64_t kBodyBytesMax = 1 << 20;  // questions and URLs are short
constexpr std::size_t kQueryBytesMax = 16 << 10;

bool is_date(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
    if (text[i] < '0' || text[i] > '9') return false;
  return true;
}

std::string result_json(const SearchResult& result) {
  std::string out = R"({"document":)" + json_string(result.document);
  out += R"(,"uri":)" + json_string(result.uri);
  out += R"(,"title":)" + json_string(result.title);
  out += R"(,"page":)" + (result.page ? std::to_string(result.page) : "null");
  out += fmt::format(R"(,"score":{:.6g})", result.score);
  out += R"(,"text":)" + json_string(result.text);
  return out += R"(,"heading_path":)" + json_string(result.heading_path) + "}";
}

std::string crawl_json(const Crawl& crawl) {
  const CrawlCounters& counters = crawl.counters;
  std::string out = R"({"id":)" + json_string(crawl.id) + R"(,"object":"crawl","state":)" +
                    json_string(name_of(crawl.state)) + R"(,"url":)" +
                    json_string(crawl.plan.seeds.empty() ? "" : crawl.plan.seeds.front().url) +
                    R"(,"collection":)" + json_string(crawl.plan.collection);
  fmt::format_to(
      std::back_inserter(out),
      R"(,"depth":{},"limit":{},"created_at":{},"counters":{{"discovered":{},)"
      R"("waiting":{},"running":{},"fetched":{},"done":{},"stored":{},"skipped":{},"failed":{}}},)"
      R"("reasons":[)",
      crawl.plan.depth_max, crawl.plan.pages_max, to_unix_ms(crawl.created_at) / 1000,
      counters.discovered, counters.waiting, counters.leased, counters.fetched, counters.done,
      counters.stored, counters.skipped, counters.failed);
  for (std::size_t i = 0; i < counters.reasons.size(); ++i) {
    const ReasonCount& reason = counters.reasons[i];
    out += (i ? R"(,{"state":)" : R"({"state":)") + json_string(name_of(reason.state)) +
           R"(,"reason":)" + json_string(reason.reason) +
           fmt::format(R"(,"entries":{}}})", reason.entries);
  }
  out += R"(],"finished_at":)";
  out += crawl.finished_at ? std::to_string(to_unix_ms(*crawl.finished_at) / 1000) : "null";
  return out += "}";
}

class KnowledgeRoutes {
 public:
  explicit KnowledgeRoutes(RouteEnvironment& environment) : environment_(environment) {}

  Task<void> search(Context context, Call& call) {
    DOCMILL_CO_TRY(std::string body, co_await http::read_whole(context, call.body, kBodyBytesMax));
    DOCMILL_CO_TRY(JsonFields fields,
                   JsonFields::parse(body, {"query", "k", "collection", "mode", "filter"}));
    SearchRequest request;
    DOCMILL_CO_TRY(request.query, fields.text("query"));
    if (request.query.empty() || request.query.size() > kQueryBytesMax)
      co_return fail(ErrorCode::kInvalidArgument, "query: must have 1 to 16384 bytes",
                     "invalid_value");
    DOCMILL_CO_TRY(std::int64_t limit, fields.integer("k", 10, 1, 100));
    request.limit = static_cast<int>(limit);
    DOCMILL_CO_TRY(request.collection, fields.text("collection", "default"));
    DOCMILL_CO_TRY(request.mode, fields.text("mode", "hybrid"));
    if (request.mode != "hybrid" && request.mode != "dense" && request.mode != "lexical")
      co_return fail(ErrorCode::kInvalidArgument, "mode: must be hybrid, dense or lexical",
                     "invalid_value");
    DOCMILL_CO_TRY(
        JsonFields filter,
        fields.object("filter", {"document", "media_type", "modified_after", "modified_before"}));
    DOCMILL_CO_TRY(request.document, filter.text("document", ""));
    DOCMILL_CO_TRY(request.media_type, filter.text("media_type", ""));
    DOCMILL_CO_TRY(request.modified_after, filter.text("modified_after", ""));
    DOCMILL_CO_TRY(request.modified_before, filter.text("modified_before", ""));
    if (!is_date(request.modified_after) || !is_date(request.modified_before))
      co_return fail(ErrorCode::kInvalidArgument, "filter: dates are written YYYY-MM-DD",
                     "invalid_value");
    DOCMILL_CO_TRY(std::vector<SearchResult> results,
                   co_await environment_.services.search.search(context, std::move(request)));
    std::string out = R"({"object":"list","results":[)";
    for (std::size_t i = 0; i < results.size(); ++i)
      out += (i ? "," : "") + result_json(results[i]);
    co_return co_await call.answer_json(context, 200, out + "]}");
  }

  Task<void> start_crawl(Context context, Call& call) {
    DOCMILL_CO_TRY(std::string body, co_await http::read_whole(context, call.body, kBodyBytesMax));
    DOCMILL_CO_TRY(JsonFields fields,
                   JsonFields::parse(body, {"url", "depth", "limit", "collection"}));
    CrawlRequest request;
    DOCMILL_CO_TRY(request.url, fields.text("url"));
    DOCMILL_CO_TRY(request.collection, fields.text("collection", "default"));
    DOCMILL_CO_TRY(std::int64_t depth, fields.integer("depth", request.depth, 0, 100));
    request.depth = static_cast<int>(depth);
    DOCMILL_CO_TRY(request.limit, fields.integer("limit", request.limit, 1, 1'000'000));
    DOCMILL_CO_TRY(Crawl crawl,
                   co_await environment_.services.crawls.start(context, std::move(request)));
    co_return co_await call.answer_json(context, 202, crawl_json(crawl));
  }

  Task<void> get_crawl(Context context, Call& call) {
    auto crawls = co_await environment_.services.crawls.crawls(context, call.captures.front());
    if (!crawls && crawls.error().code != ErrorCode::kNotFound) co_return fail(crawls.error());
    if (!crawls || crawls->empty())
      co_return fail(ErrorCode::kNotFound, "there is no crawl with this id", "crawl_not_found");
    co_return co_await call.answer_json(context, 200, crawl_json(crawls->front()));
  }

  Task<void> list_crawls(Context context, Call& call) {
    DOCMILL_CO_TRY(std::vector<Crawl> crawls,
                   co_await environment_.services.crawls.crawls(context, CrawlId()));
    std::string out = R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < crawls.size(); ++i) out += (i ? "," : "") + crawl_json(crawls[i]);
    co_return co_await call.answer_json(context, 200, out + "]}");
  }

 private:
  RouteEnvironment& environment_;
};

}  // namespace

void add_knowledge_routes(Router& router, RouteEnvironment& environment) {
  auto routes = std::make_shared<KnowledgeRoutes>(environment);
  router.add({"POST", "/v1/search", Access::kKey,
              [routes](Context context, Call& call) { return routes->search(context, call); }});
  router.add({"POST", "/v1/crawls", Access::kKey, [routes](Context context, Call& call) {
                return routes->start_crawl(context, call);
              }});
  router.add({"GET", "/v1/crawls", Access::kKey, [routes](Context context, Call& call) {
                return routes->list_crawls(context, call);
              }});
  router.add({"GET", "/v1/crawls/{id}", Access::kKey,
              [routes](Context context, Call& call) { return routes->get_crawl(context, call); }});
}

}  // namespace docmill::gateway
