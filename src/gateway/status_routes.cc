// SPDX-License-Identifier: Apache-2.0
#include "base/error_code.h"
#include "base/json_text.h"
#include "gateway/routes.h"

namespace docmill::gateway {
namespace {

constexpr Milliseconds kCheckTimeout{2'000};

class StatusRoutes {
 public:
  explicit StatusRoutes(RouteEnvironment& environment) : environment_(environment) {}

  // The process serves; nothing else is asked, so that trouble elsewhere restarts nothing.
  Task<void> health(Context context, Call& call) {
    co_return co_await call.answer_json(context, 200, R"({"status":"ok"})");
  }

  Task<void> ready(Context context, Call& call) {
    Context limited = context.with_timeout(kCheckTimeout);
    auto counted = co_await environment_.services.catalog.count(limited, "");
    bool ready = counted.has_value();
    std::string checks = R"("catalog":)" + word(counted ? Status() : fail(counted.error()));
    for (const ReadinessCheck& check : environment_.services.readiness) {
      Status status = co_await check.check(limited);
      ready = ready && status;
      checks += "," + json_string(check.name) + ":" + word(status);
    }
    std::string out = std::string(R"({"status":)") + (ready ? R"("ready")" : R"("not_ready")") +
                      R"(,"sandbox":)" + json_string(environment_.services.sandbox) +
                      R"(,"checks":{)" + checks + "}}";
    co_return co_await call.answer_json(context, ready ? 200 : 503, std::move(out));
  }

  Task<void> metrics(Context context, Call& call) {
    co_return co_await call.writer.send(
        context, {200, call.headers("text/plain; version=0.0.4; charset=utf-8"),
                  environment_.services.metrics.prometheus_text()});
  }

 private:
  // No message: this answer needs no key.
  static std::string word(const Status& status) {
    return status ? R"("ok")" : json_string(reason_of(status.error()));
  }

  RouteEnvironment& environment_;
};

}  // namespace

void add_status_routes(Router& router, RouteEnvironment& environment) {
  auto routes = std::make_shared<StatusRoutes>(environment);
  router.add({"GET", "/healthz", Access::kOpen,
              [routes](Context context, Call& call) { return routes->health(context, call); }});
  router.add({"GET", "/readyz", Access::kOpen,
              [routes](Context context, Call& call) { return routes->ready(context, call); }});
  router.add({"GET", "/metrics", Access::kMetrics,
              [routes](Context context, Call& call) { return routes->metrics(context, call); }});
}

}  // namespace docmill::gateway
