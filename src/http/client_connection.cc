// SPDX-License-Identifier: Apache-2.0
#include "http/client_connection.h"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace docmill::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::unexpected<Error> unavailable(const Origin& origin, std::string_view what,
                                   const boost::system::error_code& error, std::string reason) {
  return fail(ErrorCode::kUnavailable,
              origin.host + ":" + std::to_string(origin.port) + ": " + std::string(what) + ": " +
                  error.message(),
              std::move(reason));
}

}  // namespace

ClientConnection::ClientConnection(asio::any_io_executor executor, asio::ssl::context& tls,
                                   Origin origin)
    : origin_(std::move(origin)), resolver_(executor), socket_(executor) {
  if (origin_.tls) tls_.emplace(socket_, tls);
}

Task<void> ClientConnection::open() {
  DOCMILL_CO_TRY(std::vector<tcp::endpoint> endpoints, co_await resolve());
  boost::system::error_code error = asio::error::host_not_found;
  for (const tcp::endpoint& endpoint : endpoints) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (closed_) break;
    co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    if (!error) break;
  }
  if (closed_) error = asio::error::operation_aborted;
  if (error) co_return unavailable(origin_, "cannot connect", error, "connect");
  socket_.set_option(tcp::no_delay(true), error);
  if (tls_) co_return co_await handshake();
  co_return Status();
}

Task<std::vector<tcp::endpoint>> ClientConnection::resolve() {
  boost::system::error_code error;
  auto address = asio::ip::make_address(origin_.host, error);
  if (!error) co_return std::vector<tcp::endpoint>{{address, origin_.port}};
  auto found = co_await resolver_.async_resolve(origin_.host, std::to_string(origin_.port),
                                                asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return unavailable(origin_, "cannot resolve the name", error, "resolve");
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  co_return endpoints;
}

Task<void> ClientConnection::handshake() {
  boost::system::error_code error;
  SSL_set_tlsext_host_name(tls_->native_handle(), origin_.host.c_str());
  tls_->set_verify_mode(asio::ssl::verify_peer);
  tls_->set_verify_callback(asio::ssl::host_name_verification(origin_.host));
  co_await tls_->async_handshake(asio::ssl::stream_base::client,
                                 asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return unavailable(origin_, "no trusted TLS connection", error, "tls");
  co_return Status();
}

Task<void> ClientConnection::write(std::string_view head, std::string_view body) {
  std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  if (tls_) {
    co_await asio::async_write(*tls_, buffers, token);
  } else {
    co_await asio::async_write(socket_, buffers, token);
  }
  if (error) co_return unavailable(origin_, "the request could not be sent", error, "cut_off");
  co_return Status();
}

Task<std::string_view> ClientConnection::read() {
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::size_t size = tls_ ? co_await tls_->async_read_some(asio::buffer(buffer_), token)
                          : co_await socket_.async_read_some(asio::buffer(buffer_), token);
  // A TLS connection that ends without close_notify may have been cut: the message decides, which
  // then must have a length or a last chunk.
  if (error == asio::error::eof && size == 0) co_return std::string_view();
  if (error) co_return unavailable(origin_, "the answer broke off", error, "cut_off");
  co_return std::string_view(buffer_.data(), size);
}

void ClientConnection::close() {
  closed_ = true;
  boost::system::error_code ignored;
  resolver_.cancel();
  socket_.close(ignored);
}

bool ClientConnection::usable_again() {
  if (closed_ || !socket_.is_open()) return false;
  char byte;
  ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace docmill::http
