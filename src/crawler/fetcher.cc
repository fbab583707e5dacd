// SPDX-License-Identifier: Apache-2.0
#include "crawler/fetcher.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <vector>

#include "crawler/address_guard.h"
#include "crawler/transfer_state.h"

namespace docmill::crawler {
namespace {

constexpr int kPollMs = 1000;
constexpr std::uint64_t kRatioFree = 1 << 20;
constexpr char kAccept[] =
    "Accept: text/html,application/xhtml+xml,application/pdf,"
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document,"
    "text/markdown,text/plain;q=0.9,*/*;q=0.5";

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<std::pair<Transfer::State*, const Clock*>*>(user);
  take_header_line(*transfer->first, {data, size * count}, transfer->second->now());
  return size * count;
}

curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto* state = static_cast<Transfer::State*>(user);
  if (!state->settings.allow_private && !is_global_address(address->addr)) {
    state->refused_private = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Status status_of(CURLcode code, const Transfer::State& state) {
  if (code == CURLE_OK) return {};
  if (state.refused_private)
    return fail(ErrorCode::kPermissionDenied,
                "the host's address is not public; --allow-private permits it", "private_address");
  const char* text = curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return fail(ErrorCode::kDeadlineExceeded, text, "timeout");
    case CURLE_COULDNT_RESOLVE_HOST:
      return fail(ErrorCode::kUnavailable, text, "dns");
    case CURLE_COULDNT_CONNECT:
      return fail(ErrorCode::kUnavailable, text, "connect");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return fail(ErrorCode::kUnavailable, text, "tls");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return fail(ErrorCode::kInvalidArgument, text, "bad_url");
    default:
      return fail(ErrorCode::kUnavailable, text, "transfer");
  }
}

void end_transfer(Transfer::State& state, Status status) {
  std::scoped_lock lock(state.mutex);
  if (!state.end) state.end = std::move(status);
  state.changed.notify();
}

}  // namespace

struct Fetcher::State {
  // One transfer on the wire; lives at a stable address, which libcurl's callbacks are given.
  struct Wire {
    std::shared_ptr<Transfer::State> transfer;
    std::pair<Transfer::State*, const Clock*> header_context;
    CURL* easy = nullptr;
  };

  State(FetcherSettings fetcher_settings, BlockingPool& pool, const Clock& wall_clock)
      : settings(std::move(fetcher_settings)), blocking(pool), clock(wall_clock) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    headers = curl_slist_append(nullptr, kAccept);
    DOCMILL_CHECK(multi != nullptr && headers != nullptr);
  }
  ~State() {
    curl_slist_free_all(headers);
    curl_multi_cleanup(multi);
  }

  void drive(const Context& context);
  void start_waiting();
  void start(std::shared_ptr<Transfer::State> transfer);
  void look_after_running();
  void take_finished();
  void drop(CURL* easy, Status status);

  FetcherSettings settings;
  BlockingPool& blocking;
  const Clock& clock;
  CURLM* multi = nullptr;
  curl_slist* headers = nullptr;
  std::mutex mutex;
  std::deque<std::shared_ptr<Transfer::State>> waiting;  // guarded
  bool closed = false;                                   // guarded: no driver will come any more
  std::unordered_map<CURL*, std::unique_ptr<Wire>> running;  // the driver's
};

namespace {

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto* wire = static_cast<std::pair<Transfer::State*, void*>*>(user);
  Transfer::State& state = *wire->first;
  std::size_t bytes = size * count;
  curl_off_t received = 0;
  curl_easy_getinfo(wire->second, CURLINFO_SIZE_DOWNLOAD_T, &received);
  std::scoped_lock lock(state.mutex);
  if (state.buffer.size() >= state.settings.buffer_bytes) {
    state.paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  state.decoded_bytes += bytes;
  const FetcherSettings& settings = state.settings;
  if (state.decoded_bytes > settings.body_bytes_max) {
    state.end = fail(ErrorCode::kTooLarge, "the body is over the limit", "limit_body_bytes");
    return 0;
  }
  double ratio = static_cast<double>(state.decoded_bytes) /
                 static_cast<double>(std::max<curl_off_t>(received, 1));
  if (state.decoded_bytes > kRatioFree && ratio > settings.decode_ratio_max) {
    state.end = fail(ErrorCode::kTooLarge, "the body inflates too much", "limit_decode_ratio");
    return 0;
  }
  state.buffer.append(data, bytes);
  state.changed.notify();
  return bytes;
}

}  // namespace

void Fetcher::State::start(std::shared_ptr<Transfer::State> transfer) {
  auto wire = std::make_unique<Wire>();
  wire->transfer = std::move(transfer);
  CURL* easy = wire->easy = curl_easy_init();
  DOCMILL_CHECK(easy != nullptr);
  Transfer::State* state = wire->transfer.get();
  wire->header_context = {state, &clock};
  auto set = [easy](CURLoption option, auto value) {
    DOCMILL_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
  };
  set(CURLOPT_URL, state->url.c_str());
  set(CURLOPT_USERAGENT, settings.user_agent.c_str());
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.total_timeout.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME,
      std::max(1L, static_cast<long>(settings.idle_timeout.count() / 1000)));
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, state);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, &wire->header_context);
  state->body_context = {state, easy};
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, &state->body_context);
  DOCMILL_CHECK(curl_multi_add_handle(multi, easy) == CURLM_OK);
  running.emplace(easy, std::move(wire));
}

void Fetcher::State::start_waiting() {
  while (running.size() < static_cast<std::size_t>(settings.connections_max)) {
    std::shared_ptr<Transfer::State> next;
    {
      std::scoped_lock lock(mutex);
      if (waiting.empty()) return;
      next = std::move(waiting.front());
      waiting.pop_front();
    }
    bool aborted;
    {
      std::scoped_lock lock(next->mutex);
      aborted = next->aborted;
    }
    if (!aborted) start(std::move(next));
  }
}

// Ends what its reader gave up and lets go on what its reader has caught up with.
void Fetcher::State::look_after_running() {
  std::vector<CURL*> aborted, resumed;
  for (auto& [easy, wire] : running) {
    Transfer::State& state = *wire->transfer;
    std::scoped_lock lock(state.mutex);
    if (state.aborted) {
      aborted.push_back(easy);
    } else if (state.paused && state.buffer.size() < settings.buffer_bytes / 2) {
      state.paused = false;
      resumed.push_back(easy);
    }
  }
  for (CURL* easy : aborted) drop(easy, fail(ErrorCode::kCancelled, "nobody reads this"));
  for (CURL* easy : resumed) curl_easy_pause(easy, CURLPAUSE_CONT);
}

void Fetcher::State::take_finished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    CURLcode code = message->data.result;
    drop(easy, status_of(code, *running.at(easy)->transfer));
  }
}

void Fetcher::State::drop(CURL* easy, Status status) {
  auto found = running.find(easy);
  std::unique_ptr<Wire> wire = std::move(found->second);
  running.erase(found);
  curl_multi_remove_handle(multi, easy);
  curl_easy_cleanup(easy);
  end_transfer(*wire->transfer, std::move(status));
}

void Fetcher::State::drive(const Context& context) {
  while (!context.cancelled()) {
    start_waiting();
    look_after_running();
    int active = 0;
    curl_multi_perform(multi, &active);
    take_finished();
    curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
  }
  while (!running.empty())
    drop(running.begin()->first, fail(ErrorCode::kCancelled, "the fetcher stops"));
  std::scoped_lock lock(mutex);
  closed = true;
  for (auto& transfer : waiting)
    end_transfer(*transfer, fail(ErrorCode::kCancelled, "the fetcher stops"));
  waiting.clear();
}

Fetcher::Fetcher(FetcherSettings settings, BlockingPool& blocking, const Clock& clock)
    : state_(std::make_shared<State>(std::move(settings), blocking, clock)) {}
Fetcher::~Fetcher() = default;

Task<void> Fetcher::run(Context context) {
  auto state = state_;
  auto registration = context.on_cancel([state] { curl_multi_wakeup(state->multi); });
  // Not under the context: the driver must get its thread to end waiting transfers even when the
  // context is cancelled already.
  co_return co_await state->blocking.run(Context::background(), [state, context] {
    state->drive(context);
    return Status();
  });
}

Transfer Fetcher::fetch(std::string url) {
  auto transfer = std::make_shared<Transfer::State>();
  transfer->url = std::move(url);
  transfer->settings = state_->settings;
  transfer->wake_driver = [weak = std::weak_ptr<State>(state_)] {
    if (auto state = weak.lock()) curl_multi_wakeup(state->multi);
  };
  {
    std::scoped_lock lock(state_->mutex);
    if (state_->closed) {
      transfer->end = fail(ErrorCode::kCancelled, "the fetcher has stopped");
    } else {
      state_->waiting.push_back(transfer);
    }
  }
  curl_multi_wakeup(state_->multi);
  return Transfer(std::move(transfer));
}

Transfer::Transfer(std::shared_ptr<State> state) : state_(std::move(state)) {}
Transfer::Transfer(Transfer&&) noexcept = default;

Transfer::~Transfer() {
  if (!state_) return;
  {
    std::scoped_lock lock(state_->mutex);
    state_->aborted = true;
    if (state_->end) return;
  }
  state_->wake_driver();
}

Task<ResponseHead> Transfer::head(Context context) {
  auto state = state_;
  for (;;) {
    {
      std::scoped_lock lock(state->mutex);
      if (state->head) co_return *state->head;
      if (state->end) {
        if (!*state->end) co_return fail(state->end->error());
        co_return fail(ErrorCode::kUnavailable, "the server closed without an answer", "transfer");
      }
    }
    DOCMILL_CO_TRY_VOID(co_await state->changed.wait(context));
  }
}

Task<std::string> Transfer::next(Context context) {
  auto state = state_;
  for (;;) {
    std::optional<std::string> piece;
    bool resume = false;
    {
      std::scoped_lock lock(state->mutex);
      if (state->end && !*state->end) co_return fail(state->end->error());
      if (!state->buffer.empty() || state->end) {
        piece = std::exchange(state->buffer, {});
        resume = state->paused;
      }
    }
    if (resume) state->wake_driver();
    if (piece) co_return std::move(*piece);
    DOCMILL_CO_TRY_VOID(co_await state->changed.wait(context));
  }
}

}  // namespace docmill::crawler
