// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/local_embedder.h"

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "inference/text_encoder.h"
#include "inference/wordpiece_tokenizer.h"

namespace docmill::embedded {
namespace {

namespace asio = boost::asio;
using inference::TextEncoder;
using inference::WordPieceTokenizer;

using TokenLists = std::vector<std::vector<std::int32_t>>;
using Finish = std::move_only_function<void(Result<EmbeddingBatch>)>;

// One `embed` in the queue. All fields but `context` and `ids` are guarded by the queue's mutex.
struct Call {
  Call(Context call_context, TokenLists token_lists)
      : context(std::move(call_context)), ids(std::move(token_lists)) {}

  const Context context;
  const TokenLists ids;
  EmbeddingBatch batch;
  std::size_t next = 0;       // first text not yet in work
  std::size_t remaining = 0;  // texts without a vector
  Finish finish;              // empty once the call has ended
};
using CallPointer = std::shared_ptr<Call>;

struct Instruments {
  explicit Instruments(Metrics& metrics)
      : batches(metrics.get("docmill_embed_batches_total")),
        texts(metrics.get("docmill_embed_texts_total")),
        tokens(metrics.get("docmill_embed_tokens_total")),
        refusals(metrics.get("docmill_embed_queue_refusals_total")),
        queued(metrics.get("docmill_embed_queued_texts")) {}
  Metrics::Handle batches, texts, tokens, refusals, queued;
};

// Hands the texts of many calls to the encoder's slots, one text of each call in turn.
class EncodeQueue {
 public:
  EncodeQueue(TextEncoder& encoder, std::size_t queued_max, Metrics& metrics)
      : encoder_(encoder), queued_max_(queued_max), metrics_(metrics) {
    for (std::size_t slot = 0; slot < encoder.slots(); ++slot) idle_.push_back(slot);
  }

  ~EncodeQueue() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    std::vector<Finish> waiting;
    for (const CallPointer& call : std::exchange(calls_, {}))
      if (call->finish) waiting.push_back(std::exchange(call->finish, nullptr));
    set_queued(0);
    lock.unlock();
    for (Finish& finish : waiting) finish(fail(ErrorCode::kUnavailable, "the embedder is closing"));
    lock.lock();
    all_idle_.wait(lock, [this] { return running_ == 0; });
  }

  void add(const CallPointer& call, Finish finish);

  void cancel(const CallPointer& call) {
    std::unique_lock lock(mutex_);
    Finish finish = end(call);
    lock.unlock();
    if (finish) finish(fail(ErrorCode::kCancelled, "the embedding was cancelled"));
  }

 private:
  struct Item {
    CallPointer call;
    std::size_t text;
  };

  void set_queued(std::size_t count) {
    queued_ = count;
    metrics_.queued.set(static_cast<double>(count));
  }

  // Takes the call out of the queue and gives back how to end it; empty when it has ended before.
  Finish end(const CallPointer& call) {
    if (std::erase(calls_, call) > 0) set_queued(queued_ - (call->ids.size() - call->next));
    return std::exchange(call->finish, nullptr);
  }

  Item take() {
    Item item{std::move(calls_.front()), 0};
    calls_.pop_front();
    item.text = item.call->next++;
    if (item.call->next < item.call->ids.size()) calls_.push_back(item.call);
    set_queued(queued_ - 1);
    return item;
  }

  // Starts texts while slots are idle. The lock is held on entry and on return.
  void work(std::unique_lock<std::mutex>& lock);

  void finished(std::unique_lock<std::mutex>& lock, std::size_t slot, const Item& item,
                Result<std::vector<float>> vector);

  void fail_call(std::unique_lock<std::mutex>& lock, const CallPointer& call, Error error) {
    Finish finish = end(call);
    lock.unlock();
    if (finish) finish(std::unexpected(std::move(error)));
    lock.lock();
  }

  TextEncoder& encoder_;
  const std::size_t queued_max_;
  const Instruments metrics_;

  std::mutex mutex_;
  std::condition_variable all_idle_;
  std::deque<CallPointer> calls_;  // with texts not yet in work
  std::vector<std::size_t> idle_;
  std::size_t queued_ = 0;
  std::size_t running_ = 0;
  bool stopping_ = false;
};

void EncodeQueue::add(const CallPointer& call, Finish finish) {
  std::unique_lock lock(mutex_);
  const std::size_t count = call->ids.size();
  if (stopping_ || queued_ + count > queued_max_) {
    const bool closing = stopping_;
    lock.unlock();
    if (!closing) metrics_.refusals.add();
    finish(closing ? fail(ErrorCode::kUnavailable, "the embedder is closing")
                   : fail(ErrorCode::kRateLimited, "too many texts wait to be embedded"));
    return;
  }
  call->remaining = count;
  call->batch.vectors.resize(count);
  for (const auto& ids : call->ids) {
    call->batch.tokens += ids.size();
    call->batch.text_tokens.push_back(static_cast<std::uint32_t>(ids.size()));
  }
  call->finish = std::move(finish);
  calls_.push_back(call);
  set_queued(queued_ + count);
  work(lock);
}

void EncodeQueue::work(std::unique_lock<std::mutex>& lock) {
  while (!idle_.empty() && !calls_.empty()) {
    CallPointer front = calls_.front();
    if (Status wanted = front->context.check(); !wanted) {
      fail_call(lock, front, wanted.error());
      continue;
    }
    Item item = take();
    const std::size_t slot = idle_.back();
    idle_.pop_back();
    ++running_;
    lock.unlock();
    Status started = encoder_.start(slot, item.call->ids[item.text],
                                    [this, slot, item](Result<std::vector<float>> vector) {
                                      std::unique_lock done_lock(mutex_);
                                      finished(done_lock, slot, item, std::move(vector));
                                    });
    lock.lock();
    if (!started) finished(lock, slot, item, std::unexpected(started.error()));
  }
}

void EncodeQueue::finished(std::unique_lock<std::mutex>& lock, std::size_t slot, const Item& item,
                           Result<std::vector<float>> vector) {
  idle_.push_back(slot);
  if (!vector) {
    fail_call(lock, item.call, vector.error());
  } else if (item.call->finish) {
    metrics_.texts.add();
    metrics_.tokens.add(static_cast<double>(item.call->ids[item.text].size()));
    item.call->batch.vectors[item.text] = std::move(*vector);
    if (--item.call->remaining == 0) {
      Finish finish = end(item.call);
      work(lock);
      lock.unlock();
      finish(std::move(item.call->batch));
      lock.lock();
    }
  }
  if (!stopping_) work(lock);
  // Last, under the lock: the destructor may end right after it.
  if (--running_ == 0) all_idle_.notify_all();
}

// Every text's ids; refuses what the model cannot take whole.
Result<TokenLists> tokenize(const WordPieceTokenizer& tokenizer,
                            const std::vector<std::string>& texts) {
  TokenLists lists;
  lists.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lists.push_back(tokenizer.encode(texts[i]));
    if (lists.back().size() > TextEncoder::kTokensMax)
      return fail(ErrorCode::kTooLarge,
                  "text " + std::to_string(i) + " has " + std::to_string(lists.back().size()) +
                      " tokens; the model takes " + std::to_string(TextEncoder::kTokensMax),
                  "text_over_tokens_max");
  }
  return lists;
}

Result<inference::Precision> parse_precision(const std::string& word) {
  if (word == "auto") return inference::Precision::kAuto;
  if (word == "fp32") return inference::Precision::kFp32;
  if (word == "bf16") return inference::Precision::kBf16;
  return fail(ErrorCode::kInvalidArgument, "precision is auto, fp32 or bf16, not " + word);
}

}  // namespace

struct LocalEmbedder::State {
  State(LocalEmbedderSettings given, WordPieceTokenizer made_tokenizer,
        std::unique_ptr<TextEncoder> made_encoder, BlockingPool& blocking, Metrics& metrics)
      : settings(std::move(given)),
        tokenizer(std::move(made_tokenizer)),
        encoder(std::move(made_encoder)),
        pool(blocking),
        instruments(metrics),
        identity{"all-MiniLM-L6-v2", encoder->weights_hash(), TextEncoder::kDimension},
        queue(*encoder, settings.queued_texts_max, metrics) {}

  LocalEmbedderSettings settings;
  WordPieceTokenizer tokenizer;
  std::unique_ptr<TextEncoder> encoder;
  BlockingPool& pool;
  Instruments instruments;
  ModelIdentity identity;
  EncodeQueue queue;  // last: its destructor waits for the encoder
};

std::vector<MetricSpec> local_embedder_metrics() {
  return {
      {MetricKind::kCounter, "docmill_embed_batches_total", "Calls to the local embedder", {}, {}},
      {MetricKind::kCounter, "docmill_embed_texts_total", "Texts embedded locally", {}, {}},
      {MetricKind::kCounter, "docmill_embed_tokens_total", "Tokens embedded locally", {}, {}},
      {MetricKind::kCounter,
       "docmill_embed_queue_refusals_total",
       "Calls refused because too many texts waited",
       {},
       {}},
      {MetricKind::kGauge, "docmill_embed_queued_texts", "Texts waiting for a thread", {}, {}},
  };
}

LocalEmbedder::LocalEmbedder(std::unique_ptr<State> state) : state_(std::move(state)) {}
LocalEmbedder::~LocalEmbedder() = default;

Result<std::unique_ptr<LocalEmbedder>> LocalEmbedder::create(LocalEmbedderSettings settings,
                                                             BlockingPool& pool, Metrics& metrics) {
  DOCMILL_TRY(inference::Precision precision, parse_precision(settings.precision));
  DOCMILL_TRY(WordPieceTokenizer tokenizer,
              WordPieceTokenizer::load(settings.model_folder + "/vocab.txt"));
  DOCMILL_TRY(auto encoder,
              TextEncoder::load({.weights_path = settings.model_folder + "/model.safetensors",
                                 .precision = precision,
                                 .threads = settings.threads}));
  return std::unique_ptr<LocalEmbedder>(new LocalEmbedder(std::make_unique<State>(
      std::move(settings), std::move(tokenizer), std::move(encoder), pool, metrics)));
}

const ModelIdentity& LocalEmbedder::identity() const { return state_->identity; }
int LocalEmbedder::tokens_max() const { return TextEncoder::kTokensMax; }

Task<EmbeddingBatch> LocalEmbedder::embed(Context context, std::vector<std::string> texts) {
  if (texts.empty()) co_return fail(ErrorCode::kInvalidArgument, "no text to embed");
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (texts[i].empty())
      co_return fail(ErrorCode::kInvalidArgument, "text " + std::to_string(i) + " is empty");
  if (texts.size() > state_->settings.queued_texts_max)
    co_return fail(ErrorCode::kTooLarge, "more texts in one call than may wait in all");
  state_->instruments.batches.add();

  auto tokenize_all = [this, &texts] { return tokenize(state_->tokenizer, texts); };
  DOCMILL_CO_TRY(TokenLists ids, co_await state_->pool.run(context, std::move(tokenize_all)));
  auto call = std::make_shared<Call>(context, std::move(ids));

  using Outcome = std::shared_ptr<Result<EmbeddingBatch>>;
  // A call cancelled before it is queued is ended by the check when its turn comes.
  Context::Registration registration =
      context.on_cancel([this, call] { state_->queue.cancel(call); });
  Outcome outcome = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome)>(
      [this, &call](auto handler) {
        auto executor = asio::prefer(asio::get_associated_executor(handler),
                                     asio::execution::outstanding_work.tracked);
        state_->queue.add(call, [handler = std::move(handler),
                                 executor](Result<EmbeddingBatch> result) mutable {
          auto kept = std::make_shared<Result<EmbeddingBatch>>(std::move(result));
          asio::post(executor, [handler = std::move(handler), kept = std::move(kept)]() mutable {
            std::move(handler)(std::move(kept));
          });
        });
      },
      asio::use_awaitable);
  co_return std::move(*outcome);
}

}  // namespace docmill::embedded
