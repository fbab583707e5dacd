// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <ada.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <list>
#include <map>
#include <mutex>

#include "http/client_connection.h"
#include "http/lazy_timer.h"
#include "http/message_parser.h"

namespace docmill::http {

namespace asio = boost::asio;

namespace {

struct Target {
  Origin origin;
  std::string authority;  // for the Host header
  std::string path;       // with the query
};

Result<Target> parse_target(const std::string& url) {
  auto parsed = ada::parse<ada::url_aggregator>(url);
  if (!parsed) return fail(ErrorCode::kInvalidArgument, "not a URL: it must be http or https");
  Target target;
  target.origin.tls = parsed->type == ada::scheme::HTTPS;
  if (!target.origin.tls && parsed->type != ada::scheme::HTTP)
    return fail(ErrorCode::kInvalidArgument, "the URL's scheme must be http or https");
  if (parsed->has_credentials())
    return fail(ErrorCode::kInvalidArgument, "the URL must not hold credentials");
  target.origin.host = parsed->get_hostname();
  if (target.origin.host.starts_with('['))
    target.origin.host = target.origin.host.substr(1, target.origin.host.size() - 2);
  target.origin.port = target.origin.tls ? 443 : 80;
  std::string_view port = parsed->get_port();
  std::from_chars(port.data(), port.data() + port.size(), target.origin.port);
  target.authority = parsed->get_host();
  target.path = std::string(parsed->get_pathname()) + std::string(parsed->get_search());
  return target;
}

Result<std::string> make_head(const ClientRequest& request, const Target& target) {
  std::string head = request.method + " " + target.path + " HTTP/1.1\r\nHost: " + target.authority +
                     "\r\nUser-Agent: docmill/0.1\r\n";
  for (const auto& [name, value] : request.headers.fields()) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return fail(ErrorCode::kInvalidArgument, "a header of the request holds a line end");
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
    head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  return head.append("\r\n");
}

// What one call is doing, for its timer and its cancellation; lives on the call's strand.
struct Call {
  std::shared_ptr<ClientConnection> connection;
  const char* waiting_for = "connect_timeout";
  bool active = true;
  bool timed_out = false;

  void expire() {
    timed_out = true;
    close();
  }
  void close() {
    if (active && connection) connection->close();
  }
};

class WholeAnswer final : public ResponseSink {
 public:
  Task<void> head(Context, ResponseHead head) override {
    response.status = head.status;
    response.headers = std::move(head.headers);
    co_return Status();
  }
  Task<void> body(Context, std::string bytes) override {
    response.body += bytes;
    co_return Status();
  }
  Response response;
};

}  // namespace

struct Client::State {
  State(asio::any_io_executor io, ClientSettings client_settings)
      : executor(std::move(io)),
        settings(std::move(client_settings)),
        tls(asio::ssl::context::tls_client) {}

  struct Pooled {
    std::shared_ptr<ClientConnection> connection;
    SteadyTime since;
  };

  std::shared_ptr<ClientConnection> take(const Origin& origin) {
    std::scoped_lock lock(mutex);
    auto found = pool.find(origin);
    if (found == pool.end()) return nullptr;
    SteadyTime oldest = system_clock().steady_now() - settings.pooled_timeout;
    // The newest first: it is the least likely to be closed soon.
    while (!found->second.empty()) {
      Pooled pooled = std::move(found->second.back());
      found->second.pop_back();
      if (pooled.since >= oldest && pooled.connection->usable_again()) return pooled.connection;
    }
    pool.erase(found);
    return nullptr;
  }

  void give_back(std::shared_ptr<ClientConnection> connection) {
    std::scoped_lock lock(mutex);
    std::list<Pooled>& pooled = pool[connection->origin()];
    if (pooled.size() >= settings.pooled_per_origin_max) pooled.pop_front();
    pooled.push_back({std::move(connection), system_clock().steady_now()});
  }

  asio::any_io_executor executor;
  ClientSettings settings;
  asio::ssl::context tls;
  std::mutex mutex;
  std::map<Origin, std::list<Pooled>> pool;
};

namespace {

// One request and its answer over one connection at a time.
class Exchange {
 public:
  Exchange(Context context, const ClientRequest& request, const ClientSettings& settings,
           ResponseSink& sink, std::shared_ptr<Call> call, std::shared_ptr<LazyTimer> timer)
      : context_(std::move(context)),
        request_(request),
        settings_(settings),
        sink_(sink),
        call_(std::move(call)),
        timer_(std::move(timer)) {}

  // `fresh`: not yet connected.
  Task<void> run(std::string head, bool fresh) {
    wait_for("connect_timeout", settings_.connect_timeout);
    if (fresh) DOCMILL_CO_TRY_VOID(co_await call_->connection->open());
    wait_for("first_byte_timeout", request_.first_byte_timeout);
    Status sent = co_await call_->connection->write(head, request_.body);
    // A server may answer and close before it read everything: its answer counts.
    Status answered = co_await read_answer();
    if (!answered && !sent && !got_bytes_) co_return sent;
    co_return answered;
  }

  bool got_bytes() const { return got_bytes_; }
  bool reusable() const { return reusable_; }

  // What an error of the connection really was.
  Error explain(Error error) const {
    if (call_->timed_out) {
      bool total = context_.deadline() && system_clock().steady_now() >= *context_.deadline();
      return {ErrorCode::kDeadlineExceeded, "the upstream did not answer in time",
              total ? "total_timeout" : call_->waiting_for};
    }
    if (context_.cancelled()) return {ErrorCode::kCancelled, "the caller no longer wants this"};
    return error;
  }

 private:
  void wait_for(const char* what, Milliseconds timeout) {
    call_->waiting_for = what;
    SteadyTime until = system_clock().steady_now() + timeout;
    timer_->set(context_.deadline() ? std::min(until, *context_.deadline()) : until);
  }

  Task<void> read_answer() {
    auto parser = MessageParser::of_response(settings_.header_bytes_max, request_.method == "HEAD");
    std::string in;
    std::uint64_t received = 0;
    bool head_given = false;
    while (!parser->done()) {
      DOCMILL_CO_TRY(std::string_view bytes, co_await call_->connection->read());
      if (bytes.empty()) {
        DOCMILL_CO_TRY_VOID(parser->end_of_input());
        break;
      }
      got_bytes_ = true;
      wait_for("idle_timeout", request_.idle_timeout);
      in.append(bytes);
      bool progress = true;
      while (progress && !parser->done()) {
        std::string body;
        DOCMILL_CO_TRY(std::size_t taken, feed(*parser, in, body));
        in.erase(0, taken);
        progress = taken > 0 && !in.empty();
        if (parser->header_done() && parser->response().status < 200) {
          parser =
              MessageParser::of_response(settings_.header_bytes_max, request_.method == "HEAD");
          continue;
        }
        if (parser->header_done() && !std::exchange(head_given, true))
          DOCMILL_CO_TRY_VOID(co_await give_head(*parser));
        received += body.size();
        if (received > request_.response_bytes_max)
          co_return fail(ErrorCode::kTooLarge, "the upstream's answer is too large",
                         "response_too_large");
        if (!body.empty()) DOCMILL_CO_TRY_VOID(co_await give_body(std::move(body)));
      }
    }
    reusable_ = parser->done() && parser->keep_alive() && in.empty();
    co_return Status();
  }

  // A malformed answer is the upstream's failure, not the caller's.
  static Result<std::size_t> feed(MessageParser& parser, std::string_view in, std::string& body) {
    auto taken = parser.feed(in, body);
    if (!taken) return fail(ErrorCode::kUnavailable, taken.error().message, "malformed_answer");
    return taken;
  }

  Task<void> give_head(MessageParser& parser) {
    timer_->clear();
    Status taken = co_await sink_.head(context_, parser.response());
    wait_for("idle_timeout", request_.idle_timeout);
    co_return taken;
  }

  // The clock of the upstream stands still while the other side takes what came.
  Task<void> give_body(std::string body) {
    timer_->clear();
    Status taken = co_await sink_.body(context_, std::move(body));
    wait_for("idle_timeout", request_.idle_timeout);
    co_return taken;
  }

  Context context_;
  const ClientRequest& request_;
  const ClientSettings& settings_;
  ResponseSink& sink_;
  std::shared_ptr<Call> call_;
  std::shared_ptr<LazyTimer> timer_;
  bool got_bytes_ = false;
  bool reusable_ = false;
};

}  // namespace

Client::Client(std::shared_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::create(asio::any_io_executor executor,
                                               ClientSettings settings) {
  auto state = std::make_shared<State>(std::move(executor), std::move(settings));
  boost::system::error_code error;
  state->tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  if (state->settings.ca_file.empty()) {
    state->tls.set_default_verify_paths(error);
  } else {
    state->tls.load_verify_file(state->settings.ca_file, error);
  }
  if (error)
    return fail(ErrorCode::kInvalidArgument,
                "cannot load the trusted certificates: " + error.message());
  return std::unique_ptr<Client>(new Client(std::move(state)));
}

Task<void> Client::send(Context context, ClientRequest request, ResponseSink& sink) {
  auto state = state_;
  DOCMILL_CO_TRY_VOID(context.check());
  DOCMILL_CO_TRY(Target target, parse_target(request.url));
  DOCMILL_CO_TRY(std::string head, make_head(request, target));
  auto strand = co_await asio::this_coro::executor;
  auto call = std::make_shared<Call>();
  auto timer = std::make_shared<LazyTimer>(strand, [call] { call->expire(); });
  auto registration =
      context.on_cancel([call, strand] { asio::post(strand, [call] { call->close(); }); });
  Status status;
  for (bool fresh : {false, true}) {
    call->connection = fresh ? nullptr : state->take(target.origin);
    if (!fresh && !call->connection) continue;
    if (fresh)
      call->connection =
          std::make_shared<ClientConnection>(state->executor, state->tls, target.origin);
    Exchange exchange(context, request, state->settings, sink, call, timer);
    status = co_await exchange.run(head, fresh);
    if (status && exchange.reusable()) {
      state->give_back(call->connection);
    } else {
      call->connection->close();
    }
    if (!status) status = fail(exchange.explain(status.error()));
    bool stale = !fresh && !status && status.error().code == ErrorCode::kUnavailable &&
                 !exchange.got_bytes();
    if (!stale) break;
  }
  call->active = false;
  call->connection.reset();
  timer->stop();
  co_return status;
}

Task<Response> Client::fetch(Context context, ClientRequest request) {
  WholeAnswer answer;
  DOCMILL_CO_TRY_VOID(co_await send(std::move(context), std::move(request), answer));
  co_return std::move(answer.response);
}

}  // namespace docmill::http
