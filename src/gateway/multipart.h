// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace docmill::gateway {

// What one piece of a multipart/form-data body meant, in order.
struct MultipartEvent {
  enum class Kind { kPartBegin, kData, kPartEnd };
  Kind kind = Kind::kData;
  std::string name;          // kPartBegin: of the field
  std::string filename;      // kPartBegin: empty where it is no file
  std::string content_type;  // kPartBegin
  std::string data;          // kData
};

// Reads multipart/form-data (RFC 7578, RFC 2046 §5.1) split anywhere, holding back no more than a
// boundary's length. Errors: invalid_argument. One user at a time.
class MultipartReader {
 public:
  // From the Content-Type header of the request.
  static Result<MultipartReader> create(std::string_view content_type);

  Status feed(std::string_view bytes, std::vector<MultipartEvent>& events);
  // Success if the closing boundary was seen.
  Status finish() const;

 private:
  enum class State { kPreamble, kAfterBoundary, kHeaders, kData, kDone };

  explicit MultipartReader(std::string boundary);
  Result<bool> step(std::vector<MultipartEvent>& events);
  Result<bool> read_data(std::vector<MultipartEvent>& events);
  Result<bool> read_headers(std::vector<MultipartEvent>& events);

  std::string delimiter_;  // CRLF, two dashes, boundary
  std::string buffer_;
  State state_ = State::kPreamble;
  int parts_ = 0;
};

// The value of parameter `name` of a header such as `form-data; name="a"; filename="b"`; "" when
// absent. Quoted pairs are undone; NAME*=UTF-8''… wins over NAME.
std::string header_parameter(std::string_view header, std::string_view name);

}  // namespace docmill::gateway
