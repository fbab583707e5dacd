// SPDX-License-Identifier: Apache-2.0
#include "http/server_connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/log.h"

namespace docmill::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t kReceiveBytes = 64 << 10;
// An unread rest of a body up to this is read so that the connection can go on.
constexpr std::uint64_t kDiscardBytesMax = 256 << 10;
// How long, and how much, a closing connection still listens, so that the client reads our answer
// before the reset that unread bytes would cause.
constexpr Milliseconds kLingerTime{2'000};
constexpr std::uint64_t kLingerBytesMax = 64 << 20;

std::string_view date_now() {
  thread_local std::int64_t second = -1;
  thread_local std::string text;
  std::int64_t now = to_unix_ms(system_clock().now()) / 1000;
  if (now != second) {
    text = http_date(now);
    second = now;
  }
  return text;
}

bool is_safe_field(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

ServerConnection::ServerConnection(tcp::socket socket, Handler& handler,
                                   const ServerSettings& settings, asio::any_io_executor strand)
    : socket_(std::move(socket)),
      handler_(handler),
      settings_(settings),
      strand_(std::move(strand)) {
  boost::system::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  peer_ = socket_.remote_endpoint(ignored).address().to_string();
}

Task<void> ServerConnection::serve(Context context) {
  auto self = shared_from_this();
  deadline_ = std::make_shared<LazyTimer>(strand_, [this] {
    timed_out_ = true;
    close();
  });
  filler_ = std::make_shared<LazyTimer>(strand_, [this] { send_filler(); });
  auto registration = context.on_cancel([weak = weak_from_this(), strand = strand_] {
    asio::post(strand, [weak] {
      if (auto connection = weak.lock()) connection->close();
    });
  });
  Status served = co_await serve_requests(context);
  close();
  deadline_->stop();
  filler_->stop();
  co_return served;
}

void ServerConnection::drain() {
  draining_ = true;
  asio::post(strand_, [self = shared_from_this()] {
    if (self->phase_ == Phase::kIdle) self->close();
  });
}

Task<void> ServerConnection::serve_requests(Context context) {
  while (!draining_) {
    parser_ = MessageParser::of_request(settings_.header_bytes_max);
    body_.clear();
    body_taken_ = body_bytes_ = 0;
    body_failed_ = continue_sent_ = committed_ = streaming_ = ended_ = false;
    status_ = 0;
    begun_.reset();
    phase_ = Phase::kIdle;
    auto header = co_await read_header();
    if (!header) {
      co_await refuse(header.error());
      co_return Status();
    }
    if (!*header) co_return Status();
    phase_ = Phase::kHandler;
    co_await handle_request(context);
    phase_ = Phase::kClosing;
    if (!socket_.is_open()) co_return Status();
    auto reusable = co_await finish_body();
    if (!reusable || !*reusable) {
      co_await linger();
      co_return Status();
    }
    if (!keep_alive_) break;
  }
  if (socket_.is_open() && committed_) co_await linger();
  co_return Status();
}

// True with a header, false when the connection ended before one began.
Task<bool> ServerConnection::read_header() {
  bool timer_of_header = false;
  deadline_->set_after(settings_.idle_timeout);
  while (true) {
    if (!in_.empty()) {
      auto taken = parser_->feed(in_, body_);
      if (!taken) co_return fail(std::move(taken).error());
      in_.erase(0, *taken);
      if (parser_->header_done()) break;
      phase_ = Phase::kHeader;
      if (!std::exchange(timer_of_header, true)) deadline_->set_after(settings_.header_timeout);
    }
    co_await wait_readable();
    if (!receive()) co_return false;
  }
  deadline_->clear();
  co_return true;
}

Task<void> ServerConnection::handle_request(Context context) {
  RequestHead& request = parser_->request();
  request.peer = peer_;
  chunked_ = request.version == 11;
  keep_alive_ = parser_->keep_alive() && !draining_;
  request_context_ = context.child();
  if (parser_->done()) arm_watch();
  Status handled = co_await handler_.handle(*request_context_, request, *this, *this);
  filler_->clear();
  bool wanted = !request_context_->cancelled();
  request_context_.reset();
  if (!wanted && !ended_) close();
  if (!socket_.is_open()) co_return Status();
  bool unfinished = committed_ && streaming_ && !ended_;
  if (unfinished) {
    // Closed without the last chunk: the client sees that the answer is not whole.
    close();
  } else if (!committed_) {
    Error error = handled ? Error(ErrorCode::kInternal, "no answer was made") : handled.error();
    keep_alive_ = false;
    begun_.reset();
    co_return co_await send(context, handler_.refuse(error));
  }
  co_return Status();
}

Task<void> ServerConnection::refuse(Error error) {
  phase_ = Phase::kClosing;
  keep_alive_ = false;
  chunked_ = false;
  Status sent = co_await send(Context::background(), handler_.refuse(error));
  if (sent) co_await linger();
  co_return Status();
}

// True when the next request can follow on this connection.
Task<bool> ServerConnection::finish_body() {
  if (body_failed_) co_return false;
  body_.clear();
  while (!parser_->done()) {
    auto left = content_length().value_or(kDiscardBytesMax + 1);
    if (!keep_alive_ || left > kDiscardBytesMax) co_return false;
    // A client that waits for our "100 Continue" sends no body now, or does: nobody can tell.
    if (parser_->request().headers.contains("expect") && !continue_sent_) co_return false;
    auto piece = co_await read(Context::background(), kDiscardBytesMax);
    if (!piece || piece->empty()) break;
  }
  co_return parser_->done();
}

Task<void> ServerConnection::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  deadline_->set_after(kLingerTime);
  std::uint64_t discarded = 0;
  while (socket_.is_open() && discarded < kLingerBytesMax) {
    in_.clear();
    co_await wait_readable();
    if (!receive()) break;
    discarded += in_.size();
  }
  co_return Status();
}

asio::awaitable<void> ServerConnection::wait_readable() {
  arm_watch();
  if (!readable_ && socket_.is_open()) {
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
        [this](auto handler) { resume_ = std::move(handler); }, asio::use_awaitable);
  }
  readable_ = false;
}

void ServerConnection::arm_watch() {
  if (watch_armed_ || readable_ || !socket_.is_open()) return;
  watch_armed_ = true;
  socket_.async_wait(
      tcp::socket::wait_read,
      asio::bind_executor(strand_, [self = shared_from_this()](const boost::system::error_code&) {
        self->watch_armed_ = false;
        self->on_readable();
      }));
}

void ServerConnection::on_readable() {
  readable_ = true;
  if (resume_) {
    auto resume = std::exchange(resume_, nullptr);
    resume();
    return;
  }
  if (phase_ != Phase::kHandler || !request_context_ || !socket_.is_open()) return;
  char byte;
  ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return;  // the next request, pipelined
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    readable_ = false;
    arm_watch();
    return;
  }
  Context context = *request_context_;
  context.cancel();
}

bool ServerConnection::receive() {
  if (!socket_.is_open()) return false;
  thread_local std::unique_ptr<char[]> buffer = std::make_unique<char[]>(kReceiveBytes);
  ssize_t got = ::recv(socket_.native_handle(), buffer.get(), kReceiveBytes, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got <= 0) return false;
  in_.append(buffer.get(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::uint64_t> ServerConnection::content_length() const {
  return parser_->content_length();
}

Task<std::string> ServerConnection::read(Context context, std::uint64_t bytes_max) {
  auto too_large = [&] {
    body_failed_ = true;
    return fail(ErrorCode::kTooLarge, fmt::format("the body has more than {} bytes", bytes_max),
                "body_too_large");
  };
  if (content_length().value_or(0) > bytes_max) co_return too_large();
  if (!parser_->done() && !continue_sent_ && in_.empty() && body_.empty() &&
      equal_ignoring_case(parser_->request().headers.find("expect"), "100-continue")) {
    continue_sent_ = true;
    DOCMILL_CO_TRY_VOID(co_await write_all("HTTP/1.1 100 Continue\r\n\r\n", {}, {}));
  }
  while (body_.empty() && !parser_->done()) {
    if (in_.empty()) {
      deadline_->set_after(settings_.body_timeout);
      co_await wait_readable();
      bool more = receive();
      deadline_->clear();
      if (!more) {
        body_failed_ = true;
        co_return fail(gone());
      }
      DOCMILL_CO_TRY_VOID(context.check());
    }
    auto taken = parser_->feed(in_, body_);
    if (!taken) {
      body_failed_ = true;
      co_return fail(std::move(taken).error());
    }
    in_.erase(0, *taken);
    if (*taken == 0 && !in_.empty() && body_.empty()) {
      // An unfinished chunk header: needs more bytes.
      deadline_->set_after(settings_.body_timeout);
      co_await wait_readable();
      bool more = receive();
      deadline_->clear();
      if (!more) {
        body_failed_ = true;
        co_return fail(gone());
      }
    }
  }
  if (parser_->done() && phase_ == Phase::kHandler) arm_watch();
  body_taken_ += body_.size();
  if (body_taken_ > bytes_max) co_return too_large();
  co_return std::exchange(body_, {});
}

std::string ServerConnection::make_head(int status, const Headers& headers,
                                        std::optional<std::size_t> length) {
  std::string head;
  head.reserve(512);
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\nDate: {}\r\n", status,
                 reason_phrase(status), date_now());
  for (const auto& [name, value] : headers.fields())
    if (is_safe_field(name) && is_safe_field(value))
      head.append(name).append(": ").append(value).append("\r\n");
  if (length) {
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *length);
  } else if (chunked_) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else {
    keep_alive_ = false;
  }
  // HTTP/1.0 clients must be told either way; 1.1 keeps alive by default.
  if (!keep_alive_ || draining_) {
    keep_alive_ = false;
    head.append("Connection: close\r\n");
  } else if (!chunked_) {
    head.append("Connection: keep-alive\r\n");
  }
  return head.append("\r\n");
}

Task<void> ServerConnection::send(Context, Response response) {
  DOCMILL_CHECK(!committed_);
  begun_.reset();
  filler_->clear();
  if (!parser_->done() &&
      (body_failed_ || content_length().value_or(kDiscardBytesMax + 1) > kDiscardBytesMax))
    keep_alive_ = false;  // finish_body will not read that much
  committed_ = ended_ = true;
  status_ = response.status;
  bool empty = response.status == 204;
  std::string head = make_head(response.status, response.headers,
                               empty ? std::optional<std::size_t>(0) : response.body.size());
  bool to_head = parser_->header_done() && parser_->request().method == "HEAD";
  std::string_view body = to_head || empty ? std::string_view() : response.body;
  body_bytes_ = body.size();
  co_return co_await write_all(head, body, {});
}

void ServerConnection::begin(ResponseHead head, KeepAlive keep_alive) {
  DOCMILL_CHECK(!committed_ && !begun_);
  begun_ = std::move(head);
  stream_keep_alive_ = std::move(keep_alive);
  if (stream_keep_alive_.interval.count() > 0) filler_->set_after(stream_keep_alive_.interval);
}

Task<void> ServerConnection::write(Context, std::string part) {
  DOCMILL_CHECK(begun_ && !ended_);
  if (part.empty()) co_return Status();
  std::string front = std::exchange(unsent_, {});
  if (!committed_) {
    committed_ = streaming_ = true;
    status_ = begun_->status;
    front = make_head(begun_->status, begun_->headers, std::nullopt);
  }
  if (chunked_) fmt::format_to(std::back_inserter(front), "{:x}\r\n", part.size());
  body_bytes_ += part.size();
  Status written = co_await write_all(front, part, chunked_ ? "\r\n" : "");
  if (stream_keep_alive_.interval.count() > 0) filler_->set_after(stream_keep_alive_.interval);
  co_return written;
}

Task<void> ServerConnection::end(Context) {
  DOCMILL_CHECK(begun_ && !ended_);
  filler_->clear();
  ended_ = true;
  std::string front = std::exchange(unsent_, {});
  if (!committed_) {
    committed_ = streaming_ = true;
    status_ = begun_->status;
    front = make_head(begun_->status, begun_->headers, std::nullopt);
  }
  if (chunked_) front.append("0\r\n\r\n");
  if (front.empty()) co_return Status();
  co_return co_await write_all(front, {}, {});
}

Task<void> ServerConnection::write_all(std::string_view front, std::string_view body,
                                       std::string_view back) {
  std::array<asio::const_buffer, 3> buffers{asio::buffer(front), asio::buffer(body),
                                            asio::buffer(back)};
  boost::system::error_code error;
  if (!socket_.is_open()) co_return fail(gone());
  writing_ = true;
  deadline_->set_after(settings_.write_timeout);
  co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, error));
  deadline_->clear();
  writing_ = false;
  if (!error) co_return Status();
  Error reason = gone();
  close();
  if (request_context_) Context(*request_context_).cancel();
  co_return fail(std::move(reason));
}

// Runs between parts only: never while a write is under way. What the socket does not take goes out
// in front of the next part, so that no frame is ever cut.
void ServerConnection::send_filler() {
  if (phase_ != Phase::kHandler || ended_ || !begun_ || !socket_.is_open()) return;
  filler_->set_after(stream_keep_alive_.interval);
  if (writing_ || !unsent_.empty()) return;
  std::string bytes;
  if (!committed_) {
    committed_ = streaming_ = true;
    status_ = begun_->status;
    bytes = make_head(begun_->status, begun_->headers, std::nullopt);
  }
  const std::string& filler = stream_keep_alive_.filler;
  bytes += chunked_ ? fmt::format("{:x}\r\n{}\r\n", filler.size(), filler) : filler;
  ssize_t sent =
      ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  unsent_ = bytes.substr(sent > 0 ? static_cast<std::size_t>(sent) : 0);
}

void ServerConnection::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (resume_) {
    // The coroutine waits for bytes that cannot come any more.
    asio::post(strand_, [self = shared_from_this(),
                         resume = std::exchange(resume_, nullptr)]() mutable { resume(); });
  }
}

Error ServerConnection::gone() const {
  if (timed_out_) return {ErrorCode::kDeadlineExceeded, "the client is too slow", "client_timeout"};
  return {ErrorCode::kCancelled, "the client has gone", "client_gone"};
}

}  // namespace docmill::http
