// SPDX-License-Identifier: Apache-2.0
#include "confine/pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>

#include "base/log.h"
#include "confine/worker_process.h"

namespace docmill::confine {
namespace {

namespace asio = boost::asio;
using internal::Exchange;
using internal::ExchangeLimits;
using internal::WorkerProcess;

constexpr Milliseconds kStartTimeout{10'000};

// One call that waits for a free worker. The timer is only a thing to wait on.
struct Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  bool granted = false;  // under the pool's mutex
};

}  // namespace

struct Pool::State : std::enable_shared_from_this<Pool::State> {
  State(PoolSettings pool_settings, BlockingPool& blocking_pool, Metrics& pool_metrics)
      : settings(std::move(pool_settings)),
        blocking(blocking_pool),
        metrics(pool_metrics),
        seconds(metrics.get("docmill_confine_seconds")),
        waiting_gauge(metrics.get("docmill_confine_waiting")),
        workers_gauge(metrics.get("docmill_confine_workers")) {}

  Result<std::unique_ptr<WorkerProcess>> start_worker();
  Task<void> acquire(Context context);
  void release();
  Result<std::string> parse(Context context, const Request& request);
  Exchange parse_once(const Context& context, const Request& request, int memory_file);
  Result<std::unique_ptr<WorkerProcess>> take_worker();
  void keep_or_retire(std::unique_ptr<WorkerProcess> worker, const Exchange& exchange);
  void count(const Result<std::string>& reply);
  void stop();

  const PoolSettings settings;
  BlockingPool& blocking;
  Metrics& metrics;
  Metrics::Handle seconds;
  Metrics::Handle waiting_gauge;
  Metrics::Handle workers_gauge;
  SandboxLevel level = SandboxLevel::kNone;

  // Workers die with the thread that started them, so one thread starts them all.
  asio::thread_pool starter{1};

  std::mutex mutex;
  std::condition_variable parse_ended;
  bool stopping = false;
  int slots_free = 0;
  int parsing = 0;
  std::deque<std::shared_ptr<Waiter>> waiters;
  std::vector<std::unique_ptr<WorkerProcess>> idle;
};

Result<std::unique_ptr<WorkerProcess>> Pool::State::start_worker() {
  std::promise<Result<std::unique_ptr<WorkerProcess>>> started;
  auto result = started.get_future();
  asio::post(starter, [this, &started] {
    started.set_value(
        WorkerProcess::start(settings.program, settings.memory_bytes_max, kStartTimeout));
  });
  DOCMILL_TRY(auto worker, result.get());
  workers_gauge.add(1);
  return worker;
}

// Takes a slot, in order of arrival; waits without a thread.
Task<void> Pool::State::acquire(Context context) {
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
  {
    std::scoped_lock lock(mutex);
    if (stopping) co_return fail(ErrorCode::kCancelled, "the parser pool is stopping");
    if (slots_free > 0) {
      --slots_free;
      co_return Status();
    }
    if (waiters.size() >= static_cast<std::size_t>(settings.queued_max)) {
      co_return fail(ErrorCode::kRateLimited, "too many documents wait for a parser process");
    }
    waiters.push_back(waiter);
    waiting_gauge.set(static_cast<double>(waiters.size()));
  }
  waiter->timer.expires_at(context.deadline().value_or(SteadyTime::max()));
  // Only the waiter's own executor touches its timer. Setting the expiry ends a wait that has begun
  // and one that is about to.
  const auto wake = [waiter] {
    asio::post(waiter->timer.get_executor(),
               [waiter] { waiter->timer.expires_at(SteadyTime::min()); });
  };
  {
    auto registration = context.on_cancel(wake);
    boost::system::error_code ignored;
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  std::scoped_lock lock(mutex);
  if (waiter->granted) co_return Status();
  std::erase(waiters, waiter);
  waiting_gauge.set(static_cast<double>(waiters.size()));
  DOCMILL_CO_TRY_VOID(context.check());
  co_return fail(ErrorCode::kCancelled, "the parser pool is stopping");
}

// Hands the slot to the call that waits longest, or back.
void Pool::State::release() {
  std::scoped_lock lock(mutex);
  if (waiters.empty() || stopping) {
    ++slots_free;
    return;
  }
  auto waiter = std::move(waiters.front());
  waiters.pop_front();
  waiting_gauge.set(static_cast<double>(waiters.size()));
  waiter->granted = true;
  asio::post(waiter->timer.get_executor(),
             [waiter] { waiter->timer.expires_at(SteadyTime::min()); });
}

Result<std::unique_ptr<WorkerProcess>> Pool::State::take_worker() {
  {
    std::scoped_lock lock(mutex);
    if (!idle.empty()) {
      auto worker = std::move(idle.back());
      idle.pop_back();
      return worker;
    }
  }
  DOCMILL_TRY(auto worker, start_worker());
  if (worker->level() < level) {
    workers_gauge.add(-1);
    return fail(ErrorCode::kUnavailable, "a new parser process is less confined than the first");
  }
  return worker;
}

void Pool::State::keep_or_retire(std::unique_ptr<WorkerProcess> worker, const Exchange& exchange) {
  std::string_view cause;
  if (!exchange.begun) {
    cause = "died_idle";
  } else if (!exchange.reusable) {
    cause = "failed";
  } else if (!exchange.reply && exchange.reply.error().reason == "limit_memory") {
    cause = "memory";  // its heap is full or in pieces
  } else if (worker->documents() >= settings.recycle_after_documents) {
    cause = "documents";
  } else if (worker->resident_bytes() > settings.recycle_after_rss_bytes) {
    cause = "memory";
  }
  if (cause.empty()) {
    std::scoped_lock lock(mutex);
    if (!stopping) {
      idle.push_back(std::move(worker));
      return;
    }
    cause = "stopped";
  }
  worker.reset();
  workers_gauge.add(-1);
  metrics.get("docmill_confine_workers_ended_total", {cause}).add();
}

Exchange Pool::State::parse_once(const Context& context, const Request& request, int memory_file) {
  auto worker = take_worker();
  if (!worker) return {fail(std::move(worker).error())};
  const ExchangeLimits limits{.wall = settings.wall_limit,
                              .cpu = settings.cpu_limit,
                              .memory_bytes = settings.memory_bytes_max,
                              .reply_bytes = settings.reply_bytes_max,
                              .wanted = [this, &context]() -> Status {
                                {
                                  std::scoped_lock lock(mutex);
                                  if (stopping)
                                    return fail(ErrorCode::kCancelled,
                                                "the parser pool is stopping");
                                }
                                return context.check();
                              }};
  Exchange exchange =
      (*worker)->exchange(request.header, memory_file, request.bytes.size(), limits);
  keep_or_retire(std::move(*worker), exchange);
  return exchange;
}

// On a blocking thread.
Result<std::string> Pool::State::parse(Context context, const Request& request) {
  DOCMILL_TRY(internal::Descriptor file, internal::sealed_memory_file(request.bytes));
  const SteadyTime start = system_clock().steady_now();
  Exchange exchange;
  // A worker that had died before the document reached it is no fault of the document. Each idle
  // worker may have, and one new one.
  for (int attempt = 0; attempt < settings.workers + 1; ++attempt) {
    exchange = parse_once(context, request, file.get());
    if (exchange.begun) break;
  }
  seconds.observe(std::chrono::duration<double>(system_clock().steady_now() - start).count());
  count(exchange.reply);
  return std::move(exchange.reply);
}

void Pool::State::count(const Result<std::string>& reply) {
  static constexpr std::string_view kOwnReasons[] = {"limit_wall_time", "limit_cpu_time",
                                                     "limit_memory",    "limit_reply_bytes",
                                                     "parser_crashed",  "worker_protocol"};
  std::string_view outcome = "answered";
  if (!reply) {
    outcome = "error";
    if (reply.error().code == ErrorCode::kCancelled) outcome = "cancelled";
    for (std::string_view reason : kOwnReasons) {
      if (reply.error().reason == reason) outcome = reason;
    }
  }
  metrics.get("docmill_confine_documents_total", {outcome}).add();
}

void Pool::State::stop() {
  std::vector<std::unique_ptr<WorkerProcess>> ended;
  {
    std::unique_lock lock(mutex);
    stopping = true;
    for (const auto& waiter : waiters) {
      asio::post(waiter->timer.get_executor(),
                 [waiter] { waiter->timer.expires_at(SteadyTime::min()); });
    }
    parse_ended.wait(lock, [this] { return parsing == 0; });
    ended.swap(idle);
  }
  workers_gauge.add(-static_cast<double>(ended.size()));
  ended.clear();
}

Pool::Pool(std::shared_ptr<State> state) : state_(std::move(state)) {}

Pool::~Pool() { stop(); }

Result<std::unique_ptr<Pool>> Pool::create(PoolSettings settings, asio::any_io_executor,
                                           BlockingPool& blocking, Metrics& metrics) {
  if (settings.workers < 1 || settings.queued_max < 0) {
    return fail(ErrorCode::kInvalidArgument, "a parser pool needs at least one worker");
  }
  auto state = std::make_shared<State>(std::move(settings), blocking, metrics);
  DOCMILL_TRY(auto first, state->start_worker());
  state->level = first->level();
  state->slots_free = state->settings.workers;
  state->idle.push_back(std::move(first));
  metrics.get("docmill_confine_sandbox_level").set(static_cast<double>(state->level));
  if (state->level != SandboxLevel::kFull) {
    log(LogLevel::kWarning, "parser processes are not fully confined",
        {{"sandbox", name_of(state->level)}});
  }
  return std::unique_ptr<Pool>(new Pool(std::move(state)));
}

Task<std::string> Pool::run(Context context, Request request) {
  auto state = state_;
  if (state->level == SandboxLevel::kNone && !state->settings.allow_unconfined) {
    co_return fail(ErrorCode::kPermissionDenied,
                   "this machine cannot confine parsers; see allow_unconfined", "sandbox_none");
  }
  if (request.header.size() > internal::kRequestHeaderBytesMax) {
    co_return fail(ErrorCode::kInvalidArgument, "the request header is longer than 64 KiB");
  }
  DOCMILL_CO_TRY_VOID(co_await state->acquire(context));
  Result<std::string> reply = co_await state->blocking.run(
      context, [state, context, held = std::make_shared<Request>(std::move(request))] {
        {
          std::scoped_lock lock(state->mutex);
          if (state->stopping) {
            return Result<std::string>(fail(ErrorCode::kCancelled, "the parser pool is stopping"));
          }
          ++state->parsing;
        }
        Result<std::string> outcome = state->parse(context, *held);
        std::scoped_lock lock(state->mutex);
        --state->parsing;
        state->parse_ended.notify_all();
        return outcome;
      });
  state->release();
  co_return reply;
}

SandboxLevel Pool::sandbox_level() const { return state_->level; }

void Pool::stop() { state_->stop(); }

std::vector<MetricSpec> pool_metrics() {
  return {
      {MetricKind::kCounter,
       "docmill_confine_documents_total",
       "Documents given to confined parsers, by outcome",
       {"outcome"},
       {}},
      {MetricKind::kHistogram,
       "docmill_confine_seconds",
       "Time of one confined parse, without the wait for a worker",
       {},
       {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60}},
      {MetricKind::kGauge, "docmill_confine_waiting", "Calls that wait for a free worker", {}, {}},
      {MetricKind::kGauge, "docmill_confine_workers", "Parser processes that live", {}, {}},
      {MetricKind::kCounter,
       "docmill_confine_workers_ended_total",
       "Parser processes that were ended and why",
       {"cause"},
       {}},
      {MetricKind::kGauge,
       "docmill_confine_sandbox_level",
       "What the self-test proved: 0 none, 1 partial, 2 full",
       {},
       {}},
  };
}

}  // namespace docmill::confine
