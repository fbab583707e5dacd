// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <unordered_set>

#include "async/task_group.h"
#include "base/log.h"
#include "http/server_connection.h"

namespace docmill::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// After running out of descriptors there is nothing to do but wait for some to be closed.
constexpr Milliseconds kAcceptPause{50};
constexpr Milliseconds kDrainPoll{5};
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    "Connection: close\r\nContent-Length: 108\r\n\r\n"
    R"({"error":{"message":"too many connections","type":"api_error","param":null,)"
    R"("code":"too_many_connections"}})"
    "\r\n";

}  // namespace

struct Server::State {
  State(asio::any_io_executor io, Handler& request_handler, Metrics& metrics, ServerSettings s)
      : executor(std::move(io)),
        handler(request_handler),
        settings(std::move(s)),
        acceptor(executor),
        group(executor, Context::background()),
        open(metrics.get("docmill_http_connections")),
        accepted(metrics.get("docmill_http_connections_total", {"accepted"})),
        refused(metrics.get("docmill_http_connections_total", {"refused"})) {}

  static Task<void> serve(std::shared_ptr<State> state, tcp::socket socket, Context context) {
    auto connection = std::make_shared<ServerConnection>(
        std::move(socket), state->handler, state->settings, co_await asio::this_coro::executor);
    {
      std::scoped_lock lock(state->mutex);
      state->connections.insert(connection.get());
    }
    // Either the loop below sees the flag, or `drain_all` sees the connection.
    if (state->draining) connection->drain();
    Status served = co_await connection->serve(context);
    {
      std::scoped_lock lock(state->mutex);
      state->connections.erase(connection.get());
    }
    state->open.add(-1);
    co_return served;
  }

  void admit(const std::shared_ptr<State>& self, tcp::socket socket) {
    if (group.running() >= settings.connections_max) {
      refused.add();
      ::send(socket.native_handle(), kFull.data(), kFull.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      return;
    }
    accepted.add();
    open.add(1);
    group.spawn("http connection", serve(self, std::move(socket), group.context()));
  }

  void drain_all() {
    draining = true;
    std::scoped_lock lock(mutex);
    for (ServerConnection* connection : connections) connection->drain();
  }

  asio::any_io_executor executor;
  Handler& handler;
  ServerSettings settings;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  TaskGroup group;
  std::atomic<bool> draining = false;
  std::mutex mutex;
  std::unordered_set<ServerConnection*> connections;
  Metrics::Handle open, accepted, refused;
};

std::vector<MetricSpec> Server::metric_table() {
  return {
      {MetricKind::kGauge, "docmill_http_connections", "Open client connections.", {}, {}},
      {MetricKind::kCounter,
       "docmill_http_connections_total",
       "Client connections by outcome: accepted, or refused because there were too many.",
       {"outcome"},
       {}},
  };
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(asio::any_io_executor executor, Handler& handler,
                                               Metrics& metrics, ServerSettings settings) {
  boost::system::error_code error;
  auto address = asio::ip::make_address(settings.address, error);
  if (error)
    return fail(ErrorCode::kInvalidArgument,
                "cannot listen on '" + settings.address + "': not an IP address");
  tcp::endpoint endpoint(address, settings.port);
  auto state = std::make_shared<State>(std::move(executor), handler, metrics, std::move(settings));
  state->acceptor.open(endpoint.protocol(), error);
  if (!error) state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) state->acceptor.bind(endpoint, error);
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(ErrorCode::kUnavailable, "cannot listen on " + state->settings.address + ":" +
                                             std::to_string(endpoint.port()) + ": " +
                                             error.message() + "; choose another port");
  state->port = state->acceptor.local_endpoint().port();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const { return state_->port; }

Task<void> Server::run(Context context) {
  auto state = state_;
  auto strand = co_await asio::this_coro::executor;
  auto registration = context.on_cancel([state, strand] {
    asio::post(strand, [state] {
      boost::system::error_code ignored;
      state->acceptor.close(ignored);
    });
  });
  while (!context.cancelled() && state->acceptor.is_open()) {
    tcp::socket socket(state->executor);
    boost::system::error_code error;
    co_await state->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      state->admit(state, std::move(socket));
    } else if (!context.cancelled()) {
      log(LogLevel::kWarning, "a connection could not be accepted", {{"error", error.message()}});
      (void)co_await sleep_for(context, kAcceptPause);
    }
  }
  state->drain_all();
  SteadyTime until = system_clock().steady_now() + state->settings.drain_timeout;
  while (state->group.running() > 0 && system_clock().steady_now() < until)
    (void)co_await sleep_for(Context::background(), kDrainPoll);
  state->group.cancel();
  (void)co_await state->group.join();
  co_return Status();
}

Task<std::string> read_whole(Context context, BodyReader& body, std::uint64_t bytes_max) {
  std::string whole;
  while (true) {
    DOCMILL_CO_TRY(std::string piece, co_await body.read(context, bytes_max));
    if (piece.empty()) co_return whole;
    if (whole.empty()) {
      whole = std::move(piece);
    } else {
      whole += piece;
    }
  }
}

}  // namespace docmill::http
