// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace docmill::http {

// Header fields in order; names compare without regard to case (RFC 9110 §5.1). A value.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  // The first value, or "" when the field is absent.
  std::string_view find(std::string_view name) const;
  bool contains(std::string_view name) const;
  void add(std::string name, std::string value);
  void set(std::string name, std::string value);
  void remove(std::string_view name);
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);

// The start of a request: everything before its body.
struct RequestHead {
  std::string method;
  std::string target;  // as received: path and query
  int version = 11;    // 10 or 11
  Headers headers;
  std::string peer;  // address of the client, without port

  std::string_view path() const;
  std::string_view query() const;  // without the question mark
};

struct ResponseHead {
  int status = 200;
  Headers headers;
};

// A whole answer. Content-Length, Date and Connection are the server's business.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

std::string_view reason_phrase(int status);

// %XX and, in queries, '+' decoded. invalid_argument for a broken escape or a NUL.
enum class PlusSign { kLiteral, kSpace };
Result<std::string> percent_decode(std::string_view text, PlusSign plus = PlusSign::kLiteral);

// The decoded pairs of a query string, in order.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

// The time of a Retry-After or retry-after-ms pair of headers, where one says it in numbers.
std::optional<std::chrono::milliseconds> retry_after_of(const Headers& headers);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::string http_date(std::int64_t unix_seconds);

}  // namespace docmill::http
