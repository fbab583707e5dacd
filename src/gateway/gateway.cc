// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "base/log.h"
#include "gateway/api_error.h"
#include "gateway/authenticator.h"
#include "gateway/router.h"
#include "gateway/routes.h"
#include "http/server.h"

namespace docmill::gateway {
namespace {

constexpr std::size_t kRequestIdBytesMax = 128;
constexpr Milliseconds kNoteTimeout{2'000};

bool is_sane_request_id(std::string_view id) {
  return !id.empty() && id.size() <= kRequestIdBytesMax && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

// Unique in this process and, by its random start, elsewhere; no system call for each request.
class RequestIds {
 public:
  std::string next() { return start_ + std::to_string(count_.fetch_add(1)); }

 private:
  std::string start_ = "req_" + random_hex(8) + "_";
  std::atomic<std::uint64_t> count_ = 1;
};

http::ServerSettings server_settings(const GatewaySettings& settings) {
  return {.address = settings.address,
          .port = settings.port,
          .header_bytes_max = settings.header_bytes_max,
          .connections_max = settings.connections_max,
          .header_timeout = settings.header_timeout,
          .idle_timeout = settings.idle_timeout,
          .body_timeout = settings.body_timeout,
          .write_timeout = settings.write_timeout,
          .drain_timeout = settings.drain_timeout};
}

}  // namespace

// What the server calls: request id, route, key, handler, access log, metrics.
struct Gateway::State final : http::Handler {
  State(GatewayServices services, GatewaySettings settings)
      : environment{std::move(services), std::move(settings)},
        authenticator(environment.services.keys, environment.services.clock,
                      {.loopback = is_loopback(environment.settings.address),
                       .cache_time = environment.settings.key_cache_time}) {
    add_chat_routes(router, environment);
    add_model_routes(router, environment);
    add_document_routes(router, environment);
    add_knowledge_routes(router, environment);
    add_status_routes(router, environment);
  }

  Task<void> handle(Context context, http::RequestHead& request, http::BodyReader& body,
                    http::ResponseWriter& writer) override {
    SteadyTime start = environment.services.clock.steady_now();
    std::string_view given = request.headers.find("x-request-id");
    Call call{request, body, writer, is_sane_request_id(given) ? std::string(given) : ids.next()};
    context =
        context.with_request_id(call.request_id).with_timeout(environment.settings.request_timeout);
    auto match = router.match(request.method, request.path());
    std::string_view route = match ? std::string_view(match->route->pattern) : "unknown";
    Status status =
        match ? co_await dispatch(context, call, std::move(*match)) : fail(match.error());
    if (!status && !writer.committed() && !context.cancelled())
      status = co_await answer_error(context, call, status.error());
    finish(call, route, status, start);
    if (!call.key_id.empty())
      (void)co_await authenticator.note_used(Context::background().with_timeout(kNoteTimeout),
                                             call.key_id);
    co_return status;
  }

  Task<void> dispatch(Context context, Call& call, RouteMatch match) {
    bool open = match.route->access == Access::kOpen || (match.route->access == Access::kMetrics &&
                                                         is_loopback(environment.settings.address));
    if (!open) {
      DOCMILL_CO_TRY(call.key_id, co_await authenticator.check(context, call.request));
    }
    DOCMILL_CO_TRY(call.query, http::parse_query(call.request.query()));
    call.captures = std::move(match.captures);
    co_return co_await match.route->handler(context, call);
  }

  Task<void> answer_error(Context context, Call& call, Error error) {
    http::Response response;
    if (error.reason == "method_not_allowed") {
      std::string allowed = std::exchange(error.message, "this address does not take that method");
      response = error_response(error);
      response.status = 405;
      response.headers.add("Allow", std::move(allowed));
    } else {
      response = error_response(error);
    }
    if (error.code == ErrorCode::kInternal)
      log_error("a request failed", error, {{"request_id", call.request_id}});
    response.headers.add("x-request-id", call.request_id);
    co_return co_await call.writer.send(context, std::move(response));
  }

  http::Response refuse(const Error& error) override {
    http::Response response = error_response(error);
    if (error.reason == "header_too_large") response.status = 431;
    response.headers.add("x-request-id", ids.next());
    return response;
  }

  void finish(const Call& call, std::string_view route, const Status& status, SteadyTime start) {
    auto elapsed = environment.services.clock.steady_now() - start;
    bool gone =
        !call.writer.committed() || (!status && status.error().code == ErrorCode::kCancelled);
    // 499: the client left before its answer was whole; it never saw this status.
    int code = gone ? policy_of(ErrorCode::kCancelled).http_status : call.writer.status();
    observe(route, code, std::chrono::duration<double>(elapsed).count());
    if (!environment.settings.access_log) return;
    std::string_view outcome = "ok";
    if (call.failed_in_band) outcome = reason_of(*call.failed_in_band);
    if (!status) outcome = reason_of(status.error());
    auto us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
    log(LogLevel::kInfo, "request",
        {{"method", method_label(call.request.method)},
         {"route", route},
         {"status", code},
         {"us", static_cast<std::int64_t>(us)},
         {"bytes", call.writer.body_bytes()},
         {"outcome", outcome},
         {"request_id", call.request_id},
         {"key", call.key_id}});
  }

  static std::string_view method_label(std::string_view method) {
    constexpr std::string_view kMethods[] = {"GET",  "POST",  "DELETE", "PUT",
                                             "HEAD", "PATCH", "OPTIONS"};
    auto found = std::ranges::find(kMethods, method);
    return found == std::end(kMethods) ? "other" : *found;
  }

  void observe(std::string_view route, int code, double seconds) {
    std::scoped_lock lock(mutex);
    auto [entry, inserted] = handles.try_emplace({route, code});
    if (inserted) {
      Metrics& metrics = environment.services.metrics;
      entry->second = {metrics.get("docmill_gateway_requests_total", {route, std::to_string(code)}),
                       metrics.get("docmill_gateway_request_seconds", {route})};
    }
    entry->second.first.add();
    entry->second.second.observe(seconds);
  }

  RouteEnvironment environment;
  Authenticator authenticator;
  Router router;
  RequestIds ids;
  std::mutex mutex;
  // Routes are patterns of the router, which live as long as this.
  std::map<std::pair<std::string_view, int>, std::pair<Metrics::Handle, Metrics::Handle>> handles;
  std::unique_ptr<http::Server> server;
};

std::vector<MetricSpec> Gateway::metric_table() {
  std::vector<double> seconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                              0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  std::vector<MetricSpec> table = http::Server::metric_table();
  std::vector<MetricSpec> own = {
      {MetricKind::kCounter,
       "docmill_gateway_requests_total",
       "Requests by route template and status; 499 where the client left.",
       {"route", "status"},
       {}},
      {MetricKind::kHistogram,
       "docmill_gateway_request_seconds",
       "Time from a request's header to the end of its answer.",
       {"route"},
       seconds},
      {MetricKind::kCounter,
       "docmill_gateway_chat_total",
       "Chat completions by model and outcome (ok or an error code).",
       {"model", "outcome"},
       {}},
      {MetricKind::kCounter,
       "docmill_gateway_tokens_total",
       "Tokens that models reported, by kind: prompt or completion.",
       {"model", "kind"},
       {}},
      {MetricKind::kHistogram,
       "docmill_gateway_first_chunk_seconds",
       "Time from a streamed chat's body to its first chunk.",
       {"model"},
       seconds},
      {MetricKind::kCounter,
       "docmill_gateway_uploads_total",
       "Uploaded documents by status: queued or unchanged.",
       {"status"},
       {}},
  };
  table.insert(table.end(), own.begin(), own.end());
  return table;
}

Gateway::Gateway(std::unique_ptr<State> state) : state_(std::move(state)) {}
Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::create(boost::asio::any_io_executor executor,
                                                 GatewayServices services,
                                                 GatewaySettings settings) {
  Metrics& metrics = services.metrics;
  auto state = std::make_unique<State>(std::move(services), settings);
  DOCMILL_TRY(state->server, http::Server::listen(std::move(executor), *state, metrics,
                                                  server_settings(settings)));
  return std::unique_ptr<Gateway>(new Gateway(std::move(state)));
}

std::uint16_t Gateway::port() const { return state_->server->port(); }

std::string Gateway::url() const {
  const std::string& address = state_->environment.settings.address;
  bool v6 = address.contains(':');
  return "http://" + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port());
}

Task<void> Gateway::run(Context context) {
  co_return co_await state_->server->run(std::move(context));
}

}  // namespace docmill::gateway
