// SPDX-License-Identifier: Apache-2.0
#include "processor/processor.h"

#include <boost/asio/this_coro.hpp>

#include "async/task_group.h"
#include "base/log.h"

namespace docmill::processor {
namespace {

constexpr Milliseconds kReceiveWait{1'000};
constexpr Milliseconds kTroubleWait{500};
constexpr int kRetiredBatch = 200;

}  // namespace

Processor::Processor(Services services, Settings settings, std::string worker_name)
    : services_(std::move(services)),
      settings_(std::move(settings)),
      worker_name_(std::move(worker_name)) {}

Task<void> Processor::run(Context context) {
  TaskGroup group(co_await boost::asio::this_coro::executor, context);
  for (int i = 0; i < settings_.workers; ++i)
    group.spawn("processor worker", work(group.context(), i));
  group.spawn("processor sweeper", sweep_forever(group.context()));
  co_return co_await group.join();
}

Task<void> Processor::work(Context context, int worker) {
  JobRunner runner(services_, settings_, worker_name_ + "/" + std::to_string(worker));
  while (!context.cancelled()) {
    ReceiveRequest request{.messages_max = 1, .visibility = settings_.lease, .wait = kReceiveWait};
    auto deliveries = co_await services_.queue.receive(context, request);
    if (!deliveries) {
      if (deliveries.error().code == ErrorCode::kCancelled) break;
      log_error("cannot receive from the queue", deliveries.error());
      static_cast<void>(co_await sleep_for(context, kTroubleWait));
      continue;
    }
    for (Delivery& delivery : *deliveries) {
      Status handled = co_await handle(context, runner, std::move(delivery));
      if (!handled && handled.error().code != ErrorCode::kCancelled) {
        log_error("cannot settle a document", handled.error());
        static_cast<void>(co_await sleep_for(context, kTroubleWait));
      }
    }
  }
  co_return Status();
}

// The message is acknowledged once the catalog knows the outcome; whatever is still to be done has
// a message of its own by then.
Task<void> Processor::handle(Context context, JobRunner& runner, Delivery delivery) {
  auto outcome = co_await runner.run(context, delivery.body, delivery.receipt);
  if (!outcome) co_return fail(std::move(outcome).error());
  Context settling =
      context.cancelled() ? Context::background().with_timeout(settings_.lease) : context;
  Status acknowledged = co_await services_.queue.ack(settling, delivery.receipt);
  // Timed out meanwhile: the second delivery will find nothing to do.
  if (!acknowledged && acknowledged.error().code == ErrorCode::kConflict) co_return Status();
  co_return acknowledged;
}

Task<void> Processor::sweep_forever(Context context) {
  while (!context.cancelled()) {
    auto report = co_await services_.jobs.sweep(context, settings_.sweep_every * 2);
    if (!report) {
      if (report.error().code != ErrorCode::kCancelled) log_error("cannot sweep", report.error());
    } else if (report->expired > 0 || report->resent > 0) {
      log(LogLevel::kInfo, "swept", {{"expired", report->expired}, {"resent", report->resent}});
    }
    if (Status collected = co_await collect_retired(context);
        !collected && collected.error().code != ErrorCode::kCancelled)
      log_error("cannot delete vectors of old revisions", collected.error());
    static_cast<void>(co_await sleep_for(context, settings_.sweep_every));
  }
  co_return Status();
}

Task<void> Processor::collect_retired(Context context) {
  for (;;) {
    DOCMILL_CO_TRY(auto retired, co_await services_.catalog.retired(context, kRetiredBatch));
    if (retired.empty()) co_return Status();
    for (const Retired& old : retired)
      DOCMILL_CO_TRY_VOID(co_await services_.vectors.remove(context, old.collection, old.document,
                                                            old.revision_max));
    DOCMILL_CO_TRY_VOID(co_await services_.catalog.forget_retired(context, std::move(retired)));
  }
}

}  // namespace docmill::processor
