// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "base/metrics.h"
#include "http/message.h"

namespace docmill::http {

struct ServerSettings {
  std::string address = "127.0.0.1";  // an IP address
  std::uint16_t port = 0;             // 0: any free one, see Server::port
  std::size_t header_bytes_max = 64 << 10;
  std::size_t connections_max = 4096;   // further ones are answered 503 and closed
  Milliseconds header_timeout{10'000};  // for a whole header, from its first byte
  Milliseconds idle_timeout{75'000};    // between requests
  Milliseconds body_timeout{30'000};    // for the next bytes of a body
  Milliseconds write_timeout{30'000};   // for the client to take what was written
  Milliseconds drain_timeout{10'000};   // for running requests when stopping
};

// The body of the request at hand, in pieces. Must be read within the handler, by one reader.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  virtual std::optional<std::uint64_t> content_length() const = 0;
  // The next bytes as they came, up to 64 KiB; empty at the end. too_large when the body has more
  // than `bytes_max` bytes in all, at once where Content-Length says so; deadline_exceeded when the
  // client is too slow; cancelled when it has gone. After an error the connection will be closed.
  virtual Task<std::string> read(Context context, std::uint64_t bytes_max) = 0;
};

// All of a body of at most `bytes_max` bytes.
Task<std::string> read_whole(Context context, BodyReader& body, std::uint64_t bytes_max);

// Sent when a stream was silent for `interval`: goes out between parts only.
struct KeepAlive {
  Milliseconds interval{0};  // 0: never
  std::string filler;
};

// Where the answer goes: either `send` once, or `begin`, `write` … `end`. Each call returns when
// the client's side took the bytes. Errors: cancelled when the client has gone, deadline_exceeded
// when it takes nothing for the write timeout.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  virtual Task<void> send(Context context, Response response) = 0;
  // Sends nothing yet: the head goes out with the first part or keep-alive. As long as it has not,
  // `send` may still answer something else.
  virtual void begin(ResponseHead head, KeepAlive keep_alive) = 0;
  virtual Task<void> write(Context context, std::string part) = 0;
  virtual Task<void> end(Context context) = 0;
  // True once the status is on its way and can no longer be changed.
  virtual bool committed() const = 0;
  virtual int status() const = 0;                // of what was sent; 0 before
  virtual std::uint64_t body_bytes() const = 0;  // sent so far
};

// What a server does with requests. Called on the strand of one connection, many at a time; tested
// without sockets. The context is cancelled when the client goes away.
class Handler {
 public:
  virtual ~Handler() = default;
  // An answer that was begun and not ended when this returns is cut off, so that the client sees an
  // error; no answer at all becomes 500.
  virtual Task<void> handle(Context context, RequestHead& request, BodyReader& body,
                            ResponseWriter& writer) = 0;
  // The answer to bytes that never became a request.
  virtual Response refuse(const Error& error) = 0;
};

// An HTTP/1.1 server on one address: keep-alive, pipelining, Expect: 100-continue, HEAD, limits and
// deadlines everywhere. Connections run on strands of their own, so any number of I/O threads is
// fine.
class Server {
 public:
  static std::vector<MetricSpec> metric_table();

  // Binds and listens; clients can connect from now on. unavailable when the address is taken,
  // invalid_argument when it is none. The handler and metrics outlive the server.
  static Result<std::unique_ptr<Server>> listen(boost::asio::any_io_executor executor,
                                                Handler& handler, Metrics& metrics,
                                                ServerSettings settings);
  ~Server();

  std::uint16_t port() const;

  // Serves until `context` is cancelled; then accepts nothing more, closes idle connections, lets
  // running requests end within the drain timeout, cancels the rest and returns success. Once.
  Task<void> run(Context context);

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace docmill::http
