// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/lazy_timer.h"
#include "http/message_parser.h"
#include "http/server.h"

namespace docmill::http {

// One accepted connection: reads requests, runs the handler, writes answers. Everything but `drain`
// happens on `strand`, which is the executor of the coroutine that runs `serve`. Module-internal.
//
// Reading: one wait for readability stays armed while a handler runs and becomes the wait for the
// next request; if it fires because the client hung up, the request's context is cancelled.
class ServerConnection final : public BodyReader,
                               public ResponseWriter,
                               public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(boost::asio::ip::tcp::socket socket, Handler& handler,
                   const ServerSettings& settings, boost::asio::any_io_executor strand);

  // Until the connection ends. Closes it at once when `context` is cancelled.
  Task<void> serve(Context context);

  // From any thread: no further request after the one that runs.
  void drain();

  std::optional<std::uint64_t> content_length() const override;
  Task<std::string> read(Context context, std::uint64_t bytes_max) override;

  Task<void> send(Context context, Response response) override;
  void begin(ResponseHead head, KeepAlive keep_alive) override;
  Task<void> write(Context context, std::string part) override;
  Task<void> end(Context context) override;
  bool committed() const override { return committed_; }
  int status() const override { return status_; }
  std::uint64_t body_bytes() const override { return body_bytes_; }

 private:
  enum class Phase { kIdle, kHeader, kHandler, kClosing };

  Task<void> serve_requests(Context context);
  Task<bool> read_header();
  Task<void> handle_request(Context context);
  Task<void> refuse(Error error);
  Task<bool> finish_body();
  Task<void> linger();

  boost::asio::awaitable<void> wait_readable();
  void arm_watch();
  void on_readable();
  // Bytes into `in_`; false when the client closed its side or the connection broke.
  bool receive();
  Task<void> write_all(std::string_view front, std::string_view body, std::string_view back);
  void send_filler();
  std::string make_head(int status, const Headers& headers, std::optional<std::size_t> length);
  void close();
  Error gone() const;

  boost::asio::ip::tcp::socket socket_;
  Handler& handler_;
  const ServerSettings& settings_;
  std::string peer_;
  boost::asio::any_io_executor strand_;
  std::atomic<bool> draining_ = false;

  std::shared_ptr<LazyTimer> deadline_;
  std::shared_ptr<LazyTimer> filler_;
  bool timed_out_ = false;

  Phase phase_ = Phase::kIdle;
  std::unique_ptr<MessageParser> parser_;
  std::string in_;    // received, not parsed
  std::string body_;  // parsed, not handed out
  std::uint64_t body_taken_ = 0;
  bool body_failed_ = false;
  bool continue_sent_ = false;
  bool watch_armed_ = false;
  bool readable_ = false;
  std::move_only_function<void()> resume_;
  std::optional<Context> request_context_;

  bool committed_ = false;
  bool streaming_ = false;
  bool ended_ = false;
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool writing_ = false;
  int status_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::optional<ResponseHead> begun_;
  KeepAlive stream_keep_alive_;
  std::string unsent_;  // rest of a filler the socket did not take at once
};

}  // namespace docmill::http
