// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "async/context.h"
#include "async/task.h"
#include "http/message.h"

namespace docmill::http {

struct ClientSettings {
  Milliseconds connect_timeout{5'000};  // resolve, connect and TLS together
  Milliseconds pooled_timeout{20'000};  // an idle connection is not used again after this
  std::size_t pooled_per_origin_max = 64;
  std::size_t header_bytes_max = 64 << 10;
  std::string ca_file;  // PEM file of trusted roots; empty: the system's
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http or https, without credentials
  Headers headers;  // Host, Content-Length and User-Agent are added
  std::string body;
  Milliseconds first_byte_timeout{60'000};  // from the request sent to the first byte of the answer
  Milliseconds idle_timeout{60'000};  // between bytes of the answer; the total is the context's
  std::uint64_t response_bytes_max = 32 << 20;
};

// Takes an answer as it comes. An error stops the call, closes its connection and is its result.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  virtual Task<void> head(Context context, ResponseHead head) = 0;
  virtual Task<void> body(Context context, std::string bytes) = 0;
};

// HTTP/1.1 client for APIs, with a pool of connections per origin. TLS is always verified: chain,
// name and dates. No redirects, no retries (one exception: a pooled connection that proves to be
// closed before a byte of the answer came is replaced by a fresh one). Thread-safe; outlives its
// calls.
//
// Errors: unavailable (reasons: resolve, connect, tls, cut_off), deadline_exceeded (reasons:
// connect_timeout, first_byte_timeout, idle_timeout, total_timeout), cancelled, too_large,
// invalid_argument (URL, header). The status is no error here: the caller maps it.
class Client {
 public:
  static Result<std::unique_ptr<Client>> create(boost::asio::any_io_executor executor,
                                                ClientSettings settings);
  ~Client();

  // Streams the answer into `sink`. Cancelling the context closes the connection at once, so that
  // the other side notices.
  Task<void> send(Context context, ClientRequest request, ResponseSink& sink);

  // The whole answer.
  Task<Response> fetch(Context context, ClientRequest request);

 private:
  struct State;
  explicit Client(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace docmill::http
