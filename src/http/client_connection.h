// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "async/task.h"

namespace docmill::http {

// Where connections lead; those to equal origins are interchangeable.
struct Origin {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  auto operator<=>(const Origin&) const = default;
};

// One connection of the client, plain or TLS. Used by one call at a time, on that call's strand;
// `close` makes its pending operation end with an error. Module-internal.
class ClientConnection {
 public:
  ClientConnection(boost::asio::any_io_executor executor, boost::asio::ssl::context& tls,
                   Origin origin);

  // unavailable with reason resolve, connect or tls.
  Task<void> open();
  Task<void> write(std::string_view head, std::string_view body);
  // The next bytes, valid until the next call; empty when the other side has closed.
  Task<std::string_view> read();
  void close();

  const Origin& origin() const { return origin_; }
  // False when the other side has closed the idle connection, or said something unasked.
  bool usable_again();

 private:
  Task<std::vector<boost::asio::ip::tcp::endpoint>> resolve();
  Task<void> handshake();

  Origin origin_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  bool closed_ = false;
  std::array<char, 16 << 10> buffer_;
};

}  // namespace docmill::http
