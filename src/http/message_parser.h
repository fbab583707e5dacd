// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace docmill::http {

// HTTP/1.x messages from bytes split anywhere, without sockets (RFC 9112), over Beast's parser.
// What could be read in two ways is refused: both Content-Length and Transfer-Encoding, differing
// lengths, another coding than chunked. One message each; one user at a time.
class MessageParser {
 public:
  static std::unique_ptr<MessageParser> of_request(std::size_t header_bytes_max);
  // `to_head`: the request was HEAD, so that no body follows whatever the headers say.
  static std::unique_ptr<MessageParser> of_response(std::size_t header_bytes_max, bool to_head);
  virtual ~MessageParser() = default;

  // Takes bytes from the front of `bytes` and returns how many; bytes that were not taken must come
  // again, together with more. Stops once behind the header, and at the end of the message. Body
  // bytes are appended to `body`, freed of chunked coding. Errors: invalid_argument (malformed),
  // too_large with reason "header_too_large".
  virtual Result<std::size_t> feed(std::string_view bytes, std::string& body) = 0;
  // The connection ended: success if that ends the message properly, else unavailable.
  virtual Status end_of_input() = 0;

  virtual bool header_done() const = 0;
  virtual bool done() const = 0;
  virtual bool keep_alive() const = 0;
  virtual std::optional<std::uint64_t> content_length() const = 0;

  RequestHead& request() { return request_; }
  ResponseHead& response() { return response_; }

 protected:
  RequestHead request_;
  ResponseHead response_;
};

}  // namespace docmill::http
