// SPDX-License-Identifier: Apache-2.0
#include "gateway/multipart.h"

#include <algorithm>

#include "http/message.h"

namespace docmill::gateway {
namespace {

constexpr std::size_t kPartHeaderBytesMax = 8 << 10;
constexpr int kPartsMax = 1'000;
constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046 §5.1.1

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kInvalidArgument, "malformed multipart body: " + std::string(what),
              "malformed_multipart");
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes one `; name=value` from the front; false at the end.
bool take_parameter(std::string_view& rest, std::string& name, std::string& value) {
  std::size_t start = rest.find(';');
  if (start == std::string_view::npos) return false;
  rest.remove_prefix(start + 1);
  std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return false;
  name = trim(rest.substr(0, equals));
  rest = trim(rest.substr(equals + 1));
  value.clear();
  if (!rest.starts_with('"')) {
    std::size_t end = std::min(rest.find(';'), rest.size());
    value = trim(rest.substr(0, end));
    rest.remove_prefix(end);
    return true;
  }
  std::size_t i = 1;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    // Browsers leave backslashes of Windows paths alone; only a quote or a backslash is escaped.
    bool escape =
        rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
    if (escape) ++i;
    value.push_back(rest[i]);
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return true;
}

}  // namespace

std::string header_parameter(std::string_view header, std::string_view name) {
  std::string found, extended, key, value;
  while (take_parameter(header, key, value)) {
    if (http::equal_ignoring_case(key, name) && found.empty()) found = value;
    if (http::equal_ignoring_case(key, std::string(name) + "*")) extended = value;
  }
  std::size_t quote = extended.rfind('\'');
  if (quote == std::string::npos || extended.size() < 5 ||
      !http::equal_ignoring_case(extended.substr(0, 5), "utf-8"))
    return found;
  auto decoded = http::percent_decode(std::string_view(extended).substr(quote + 1));
  return decoded ? *decoded : found;
}

MultipartReader::MultipartReader(std::string boundary)
    : delimiter_("\r\n--" + std::move(boundary)), buffer_("\r\n") {}

Result<MultipartReader> MultipartReader::create(std::string_view content_type) {
  std::string boundary = header_parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > kBoundaryBytesMax)
    return malformed("no usable boundary in Content-Type");
  return MultipartReader(std::move(boundary));
}

Status MultipartReader::feed(std::string_view bytes, std::vector<MultipartEvent>& events) {
  if (state_ == State::kDone) return {};
  buffer_.append(bytes);
  while (true) {
    DOCMILL_TRY(bool progress, step(events));
    if (!progress) return {};
  }
}

Status MultipartReader::finish() const {
  if (state_ == State::kDone) return {};
  return malformed("the closing boundary is missing");
}

// True when something was taken and more may be there.
Result<bool> MultipartReader::step(std::vector<MultipartEvent>& events) {
  switch (state_) {
    case State::kPreamble:
    case State::kData:
      return read_data(events);
    case State::kHeaders:
      return read_headers(events);
    case State::kDone:
      return false;
    case State::kAfterBoundary:
      break;
  }
  if (buffer_.starts_with("--")) {
    state_ = State::kDone;
    buffer_.clear();
    return false;
  }
  std::size_t end = buffer_.find("\r\n");
  // The bound is the same wherever the bytes were split: a line end may still be half here.
  std::size_t known =
      end == std::string::npos ? buffer_.size() - std::min<std::size_t>(buffer_.size(), 1) : end;
  if (known > kPartHeaderBytesMax) return malformed("an endless boundary line");
  if (end == std::string::npos) return false;
  if (!trim(std::string_view(buffer_).substr(0, end)).empty())
    return malformed("text behind a boundary");
  // The line end stays: a part without headers has its blank line right here.
  buffer_.erase(0, end);
  state_ = State::kHeaders;
  return true;
}

Result<bool> MultipartReader::read_data(std::vector<MultipartEvent>& events) {
  std::size_t end = buffer_.find(delimiter_);
  bool found = end != std::string::npos;
  // The last bytes may be the start of a delimiter.
  std::size_t sure = found ? end : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
  bool in_part = state_ == State::kData;
  if (in_part && sure > 0)
    events.push_back({.kind = MultipartEvent::Kind::kData, .data = buffer_.substr(0, sure)});
  if (!found) {
    buffer_.erase(0, sure);
    return false;
  }
  if (in_part) events.push_back({.kind = MultipartEvent::Kind::kPartEnd});
  buffer_.erase(0, end + delimiter_.size());
  state_ = State::kAfterBoundary;
  return true;
}

Result<bool> MultipartReader::read_headers(std::vector<MultipartEvent>& events) {
  std::size_t end = buffer_.find("\r\n\r\n");
  std::size_t known =
      end == std::string::npos ? buffer_.size() - std::min<std::size_t>(buffer_.size(), 3) : end;
  if (known > kPartHeaderBytesMax) return malformed("the header of a part is too large");
  if (end == std::string::npos) return false;
  if (++parts_ > kPartsMax) return malformed("too many parts");
  MultipartEvent begin{.kind = MultipartEvent::Kind::kPartBegin};
  std::string_view header = std::string_view(buffer_).substr(0, end + 2);
  while (header.size() > 2) {
    header.remove_prefix(2);
    std::string_view line = header.substr(0, header.find("\r\n"));
    header.remove_prefix(line.size());
    std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view name = line.substr(0, colon);
    std::string_view value = trim(line.substr(std::min(colon + 1, line.size())));
    if (http::equal_ignoring_case(name, "content-type")) begin.content_type = value;
    if (http::equal_ignoring_case(name, "content-disposition")) {
      begin.name = header_parameter(value, "name");
      begin.filename = header_parameter(value, "filename");
    }
  }
  events.push_back(std::move(begin));
  buffer_.erase(0, end + 4);
  state_ = State::kData;
  return true;
}

}  // namespace docmill::gateway
