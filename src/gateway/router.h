// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "http/server.h"

namespace docmill::gateway {

// One request on its way through the gateway. Lives as long as its handler runs.
struct Call {
  http::RequestHead& request;
  http::BodyReader& body;
  http::ResponseWriter& writer;
  std::string request_id;
  std::string key_id;                 // of the API key; empty where none was needed
  std::vector<std::string> captures;  // decoded, in order of the template
  std::vector<std::pair<std::string, std::string>> query;
  // Set when an answer that had begun ended with an error inside it.
  std::optional<Error> failed_in_band;

  // The value of a query parameter; "" when absent.
  std::string_view parameter(std::string_view name) const;
  // Headers that every answer has.
  http::Headers headers(std::string content_type) const;
  Task<void> answer_json(Context context, int status, std::string json);
};

// Runs one route. An error becomes the answer, as long as none is on its way.
using RouteHandler = std::function<Task<void>(Context, Call&)>;

enum class Access { kOpen, kMetrics, kKey };

struct Route {
  std::string method;
  std::string pattern;  // "/v1/models/{id...}": segments; {x} takes one, {x...} all that follow
  Access access = Access::kKey;
  RouteHandler handler;
};

struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::string> captures;
};

// Routes by path and method. Filled once, then only read.
class Router {
 public:
  void add(Route route);
  // not_found for an unknown path, invalid_argument with reason "method_not_allowed" for a known
  // path with another method (the message lists those that are), invalid_argument for broken
  // escapes. HEAD is served by GET.
  Result<RouteMatch> match(std::string_view method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace docmill::gateway
