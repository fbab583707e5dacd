// SPDX-License-Identifier: Apache-2.0
#include "crawler/fetcher.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <thread>

#include "async/runtime.h"
#include "async/task_group.h"

namespace docmill::crawler {
namespace {

using namespace std::chrono_literals;

// Answers each connection on a loopback port with the same bytes, then closes it.
class OneAnswerServer {
 public:
  explicit OneAnswerServer(std::string answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    DOCMILL_CHECK(bind(listener_, raw, sizeof address) == 0 && listen(listener_, 8) == 0);
    socklen_t size = sizeof address;
    getsockname(listener_, raw, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswerServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/x"; }

 private:
  void serve() {
    for (;;) {
      int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      char request[4096];
      if (recv(client, request, sizeof request, 0) > 0) {
        std::size_t sent = 0;
        while (sent < answer_.size()) {
          auto n = send(client, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
          if (n <= 0) break;
          sent += static_cast<std::size_t>(n);
        }
      }
      close(client);
    }
  }

  std::string answer_;
  int listener_;
  int port_;
  std::thread thread_;
};

struct Fetched {
  ResponseHead head;
  std::string body;
};

Task<Fetched> read_all(Context context, Transfer transfer) {
  Fetched fetched;
  DOCMILL_CO_TRY(fetched.head, co_await transfer.head(context));
  for (;;) {
    DOCMILL_CO_TRY(std::string piece, co_await transfer.next(context));
    if (piece.empty()) co_return fetched;
    fetched.body += piece;
  }
}

Task<Fetched> fetch_once(Fetcher& fetcher, TaskGroup& group, std::string url) {
  group.spawn("fetcher", fetcher.run(group.context()));
  auto fetched = co_await read_all(group.context(), fetcher.fetch(std::move(url)));
  group.cancel();
  DOCMILL_CO_TRY_VOID(co_await group.join());
  co_return fetched;
}

Result<Fetched> fetch(const std::string& url, FetcherSettings settings) {
  Runtime runtime({});
  Fetcher fetcher(std::move(settings), runtime.blocking(), system_clock());
  TaskGroup group(runtime.executor(), Context::background());
  return runtime.run(fetch_once(fetcher, group, url));
}

std::string answer(std::string_view headers, std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Fetcher, ReadsHeadAndBody) {
  OneAnswerServer server(answer(
      "Content-Type: Text/HTML; charset=\"ISO-8859-1\"\r\nX-Robots-Tag: NoIndex\r\n", "hello"));
  auto fetched = fetch(server.url(), {.allow_private = true});
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->head.status, 200);
  EXPECT_EQ(fetched->head.media_type, "text/html");
  EXPECT_EQ(fetched->head.charset, "iso-8859-1");
  EXPECT_EQ(fetched->head.robots_tag, "noindex");
  EXPECT_EQ(fetched->body, "hello");
}

TEST(Fetcher, RefusesPrivateAddressesByDefault) {
  OneAnswerServer server(answer("", "secret"));
  auto fetched = fetch(server.url(), {});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(fetched.error().reason, "private_address");
}

TEST(Fetcher, StopsABodyOverItsLimit) {
  OneAnswerServer server(answer("", std::string(10'000, 'x')));
  auto fetched = fetch(server.url(), {.body_bytes_max = 5'000, .allow_private = true});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().reason, "limit_body_bytes");
}

TEST(Fetcher, StopsADecompressionBombByItsRatio) {
  OneAnswerServer server(answer("Content-Encoding: gzip\r\n", gzip(std::string(64 << 20, 'a'))));
  auto fetched = fetch(server.url(), {.allow_private = true});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().reason, "limit_decode_ratio");
}

TEST(Fetcher, PausesForASlowReaderAndLosesNothing) {
  std::string body;
  for (int i = 0; i < 400'000; ++i) body += std::to_string(i);
  OneAnswerServer server(answer("", body));
  auto fetched = fetch(server.url(), {.buffer_bytes = 4'096, .allow_private = true});
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->body, body);
}

TEST(Fetcher, TellsACutBodyFromAWholeOne) {
  OneAnswerServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
  auto fetched = fetch(server.url(), {.allow_private = true});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUnavailable);
}

TEST(Fetcher, NamesARefusedConnection) {
  auto fetched = fetch("http://127.0.0.1:1/", {.allow_private = true});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().reason, "connect");
}

TEST(ParseRetryAfter, ReadsSecondsAndDates) {
  WallTime now = from_unix_ms(1'700'000'000'000);
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after("Tue, 14 Nov 2023 22:14:20 GMT", now), 60s);
  EXPECT_EQ(parse_retry_after("soon", now), std::nullopt);
}

}  // namespace
}  // namespace docmill::crawler
