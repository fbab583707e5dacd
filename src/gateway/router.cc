// SPDX-License-Identifier: Apache-2.0
#include "gateway/router.h"

#include <algorithm>

namespace docmill::gateway {
namespace {

std::string_view take_segment(std::string_view& path) {
  std::size_t end = std::min(path.find('/'), path.size());
  std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

// The raw captures of `path`; nothing when it does not fit.
std::optional<std::vector<std::string_view>> fit(std::string_view pattern, std::string_view path) {
  std::vector<std::string_view> captures;
  if (!path.starts_with('/')) return std::nullopt;
  if (path.ends_with('/') != pattern.ends_with('/')) return std::nullopt;
  pattern.remove_prefix(1);
  path.remove_prefix(1);
  while (!pattern.empty()) {
    std::string_view wanted = take_segment(pattern);
    if (path.empty()) return std::nullopt;
    if (wanted.ends_with("...}")) {
      captures.push_back(path);
      return captures;
    }
    std::string_view got = take_segment(path);
    if (wanted.starts_with('{')) {
      if (got.empty()) return std::nullopt;
      captures.push_back(got);
    } else if (wanted != got) {
      return std::nullopt;
    }
  }
  if (!path.empty()) return std::nullopt;
  return captures;
}

}  // namespace

std::string_view Call::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return {};
}

http::Headers Call::headers(std::string content_type) const {
  http::Headers headers;
  headers.add("Content-Type", std::move(content_type));
  headers.add("x-request-id", request_id);
  return headers;
}

Task<void> Call::answer_json(Context context, int status, std::string json) {
  co_return co_await writer.send(std::move(context),
                                 {status, headers("application/json"), std::move(json)});
}

void Router::add(Route route) { routes_.push_back(std::move(route)); }

Result<RouteMatch> Router::match(std::string_view method, std::string_view path) const {
  if (method == "HEAD") method = "GET";
  std::string allowed;
  for (const Route& route : routes_) {
    auto captures = fit(route.pattern, path);
    if (!captures) continue;
    if (route.method != method) {
      allowed += (allowed.empty() ? "" : ", ") + route.method;
      continue;
    }
    RouteMatch match{&route, {}};
    for (std::string_view raw : *captures) {
      DOCMILL_TRY(std::string capture, http::percent_decode(raw));
      match.captures.push_back(std::move(capture));
    }
    return match;
  }
  if (allowed.empty())
    return fail(ErrorCode::kNotFound, "there is nothing at this address", "unknown_url");
  return fail(ErrorCode::kInvalidArgument, allowed, "method_not_allowed");
}

}  // namespace docmill::gateway
