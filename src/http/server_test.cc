// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "async/runtime.h"
#include "async/task_group.h"
#include "http/client.h"

namespace docmill::http {
namespace {

using namespace std::chrono_literals;

// Answers by path; what the tests look at is counted.
class TestHandler final : public Handler {
 public:
  Task<void> handle(Context context, RequestHead& request, BodyReader& body,
                    ResponseWriter& writer) override {
    ++requests;
    std::string path(request.path());
    if (path == "/echo") {
      auto whole = co_await read_whole(context, body, 1000);
      if (!whole) co_return co_await writer.send(context, refuse(whole.error()));
      co_return co_await writer.send(context, {200, {{"X-Method", request.method}}, *whole});
    }
    if (path == "/count") co_return co_await count(context, body, writer);
    if (path == "/stream") co_return co_await stream(context, writer);
    if (path == "/wait") {
      Status slept = co_await sleep_for(context, 20s);
      if (!slept && slept.error().code == ErrorCode::kCancelled) ++cancelled;
      co_return slept;
    }
    if (path == "/slow") {
      ++slow_started;
      DOCMILL_CO_TRY_VOID(co_await sleep_for(context, 150ms));
      co_return co_await writer.send(context, {200, {}, "slow"});
    }
    if (path == "/silent") {
      writer.begin({200, {}}, {20ms, ": ping\n\n"});
      DOCMILL_CO_TRY_VOID(co_await sleep_for(context, 100ms));
      DOCMILL_CO_TRY_VOID(co_await writer.write(context, "data: x\n\n"));
      co_return co_await writer.end(context);
    }
    co_return co_await writer.send(context, {404, {}, "no"});
  }

  Response refuse(const Error& error) override {
    int status = error.code == ErrorCode::kTooLarge ? 413 : 400;
    return {status, {}, "refused: " + std::string(error.reason)};
  }

  Task<void> count(Context context, BodyReader& body, ResponseWriter& writer) {
    std::size_t bytes = 0;
    while (true) {
      auto piece = co_await body.read(context, 1ULL << 30);
      if (!piece) co_return fail(piece.error());
      if (piece->empty()) break;
      bytes += piece->size();
      largest = std::max(largest.load(), piece->size());
    }
    co_return co_await writer.send(context, {200, {}, std::to_string(bytes)});
  }

  Task<void> stream(Context context, ResponseWriter& writer) {
    writer.begin({200, {{"Content-Type", "text/event-stream"}}}, {});
    for (int i = 0; i < 3; ++i)
      DOCMILL_CO_TRY_VOID(co_await writer.write(context, "part" + std::to_string(i)));
    co_return co_await writer.end(context);
  }

  std::atomic<int> requests = 0, cancelled = 0, slow_started = 0;
  std::atomic<std::size_t> largest = 0;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval limit{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~RawClient() { close(); }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Until `end` was received, or the connection ended.
  std::string read_until(std::string_view end) {
    std::string out;
    char buffer[4096];
    while (end.empty() || !out.contains(end)) {
      ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      out.append(buffer, static_cast<std::size_t>(got));
    }
    return out;
  }
  std::string read_all() { return read_until(""); }

 private:
  int socket_;
};

class ServerTest : public testing::Test {
 protected:
  void start(ServerSettings settings = {}) {
    settings.drain_timeout = settings.drain_timeout == 10s ? 2s : settings.drain_timeout;
    auto server = Server::listen(runtime_.executor(), handler_, metrics_, settings);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    running_ =
        std::async(std::launch::async, [this] { return runtime_.run(server_->run(context_)); });
  }
  void stop() {
    context_.cancel();
    if (running_.valid()) EXPECT_TRUE(running_.get());
  }
  ~ServerTest() override { stop(); }

  std::uint16_t port() { return server_->port(); }
  std::string exchange(std::string_view request) {
    RawClient client(port());
    client.write(request);
    return client.read_all();
  }
  static bool eventually(auto condition) {
    for (auto until = SteadyTime::clock::now() + 5s; SteadyTime::clock::now() < until;)
      if (condition()) return true;
    return false;
  }

  Runtime runtime_{{.io_threads = 2, .blocking_threads = 1}};
  TestHandler handler_;
  Metrics metrics_{Server::metric_table()};
  Context context_ = Context::background();
  std::unique_ptr<Server> server_;
  std::future<Status> running_;
};

TEST_F(ServerTest, KeepsAliveAndServesPipelinedRequests) {
  start();
  std::string answers = exchange(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nde"
      "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answers.contains("\r\n\r\nabcHTTP/1.1 200 OK")) << answers;
  EXPECT_TRUE(answers.contains("\r\n\r\ndeHTTP/1.1 200 OK")) << answers;
  EXPECT_TRUE(answers.contains("Connection: close")) << answers;
}

TEST_F(ServerTest, BytesMayComeOneByOne) {
  start();
  RawClient client(port());
  for (char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n0\r\n\r\n"))
    client.write({&c, 1});
  EXPECT_TRUE(client.read_until("abc").ends_with("abc"));
}

TEST_F(ServerTest, HeadHasTheLengthButNoBody) {
  start();
  std::string answer = exchange("HEAD /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.contains("Content-Length: 2\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(ServerTest, TooLargeABodyIs413EvenWhileTheClientStillSends) {
  start();
  std::string answer =
      exchange("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" +
               std::string(5'000'000, 'x'));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
  std::string chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 200; ++i) chunked += "10\r\n0123456789abcdef\r\n";
  EXPECT_TRUE(exchange(chunked + "0\r\n\r\n").starts_with("HTTP/1.1 413"));
}

TEST_F(ServerTest, MalformedAndOversizedHeadersAreRefused) {
  start();
  EXPECT_TRUE(exchange("NONSENSE\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(exchange("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 413"));
  EXPECT_EQ(handler_.requests, 0);
}

TEST_F(ServerTest, AsksForTheBodyWhenTheClientWaits) {
  start();
  RawClient client(port());
  client.write(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.write("abc");
  EXPECT_TRUE(client.read_until("abc").contains("200 OK"));
}

TEST_F(ServerTest, StreamsInChunksAndToOldClientsUntilClose) {
  start();
  std::string answer = exchange("GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("5\r\npart0\r\n5\r\npart1\r\n5\r\npart2\r\n0\r\n\r\n")) << answer;
  EXPECT_TRUE(exchange("GET /stream HTTP/1.0\r\n\r\n").ends_with("\r\n\r\npart0part1part2"));
}

TEST_F(ServerTest, KeepAliveFillersComeBetweenParts) {
  start();
  std::string answer = exchange("GET /silent HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(answer.contains("\r\n\r\n: ping\n\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\n\ndata: x\n\n")) << answer;
}

TEST_F(ServerTest, AClientThatHangsUpCancelsItsRequest) {
  start();
  RawClient client(port());
  client.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return handler_.requests == 1; }));
  client.close();
  EXPECT_TRUE(eventually([&] { return handler_.cancelled == 1; }));
}

TEST_F(ServerTest, SlowHeadersAndIdleConnectionsAreClosed) {
  start({.header_timeout = 60ms, .idle_timeout = 60ms});
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost:"), "");
  EXPECT_EQ(exchange(""), "");
  EXPECT_EQ(handler_.requests, 0);
}

TEST_F(ServerTest, SlowBodiesAreCutOff) {
  start({.body_timeout = 60ms});
  EXPECT_EQ(exchange("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na"), "");
}

TEST_F(ServerTest, TooManyConnectionsAreRefused) {
  start({.connections_max = 1});
  RawClient first(port());
  first.write("GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
  first.read_until("no");
  RawClient second(port());
  EXPECT_TRUE(second.read_all().starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(
      metrics_.prometheus_text().contains("docmill_http_connections_total{outcome=\"refused\"} 1"));
}

TEST_F(ServerTest, StoppingLetsRunningRequestsEnd) {
  start();
  RawClient idle(port());
  RawClient client(port());
  client.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return handler_.slow_started == 1; }));
  stop();
  std::string answer = client.read_all();
  EXPECT_TRUE(answer.ends_with("slow")) << answer;
  EXPECT_EQ(idle.read_all(), "");
}

TEST_F(ServerTest, StoppingCancelsWhatDoesNotEnd) {
  start({.drain_timeout = 50ms});
  RawClient client(port());
  client.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return handler_.requests == 1; }));
  stop();
  EXPECT_EQ(handler_.cancelled, 1);
}

TEST_F(ServerTest, BigBodiesPassInPiecesWithoutBeingHeld) {
  start();
  auto client = Client::create(runtime_.executor(), {});
  ASSERT_TRUE(client);
  auto answer = runtime_.run((*client)->fetch(
      Context::background(), {.method = "POST",
                              .url = "http://127.0.0.1:" + std::to_string(port()) + "/count",
                              .body = std::string(20'000'000, 'x')}));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "20000000");
  EXPECT_LE(handler_.largest, 64U << 10);
}

TEST(ServerListen, SaysWhyItCannotListen) {
  Runtime runtime({});
  TestHandler handler;
  Metrics metrics(Server::metric_table());
  auto bad = Server::listen(runtime.executor(), handler, metrics, {.address = "nowhere"});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidArgument);
  auto first = Server::listen(runtime.executor(), handler, metrics, {});
  ASSERT_TRUE(first);
  auto second = Server::listen(runtime.executor(), handler, metrics, {.port = (*first)->port()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace docmill::http
