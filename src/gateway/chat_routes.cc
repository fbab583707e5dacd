// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "gateway/api_error.h"
#include "gateway/routes.h"
#include "http/sse.h"

namespace docmill::gateway {
namespace {

// Carries a model's answer to the client: whole as JSON, streamed as server-sent events.
class AnswerSink final : public ChatSink {
 public:
  AnswerSink(Call& call, bool stream, const Clock& clock)
      : call_(call), stream_(stream), clock_(clock) {}

  Task<void> answer(Context context, std::string json) override {
    if (stream_) co_return fail(ErrorCode::kInternal, "a whole answer to a streamed request");
    answered_ = true;
    co_return co_await call_.answer_json(std::move(context), 200, std::move(json));
  }

  Task<void> chunk(Context context, std::string json) override {
    if (!stream_)
      co_return fail(ErrorCode::kInternal, "a chunk for a request that does not stream");
    if (!first_chunk_at_) first_chunk_at_ = clock_.steady_now();
    std::string frame;
    frame.reserve(json.size() + 8);
    http::append_sse_data(frame, json);
    co_return co_await call_.writer.write(std::move(context), std::move(frame));
  }

  bool answered() const { return answered_; }
  std::optional<SteadyTime> first_chunk_at() const { return first_chunk_at_; }

 private:
  Call& call_;
  bool stream_;
  const Clock& clock_;
  bool answered_ = false;
  std::optional<SteadyTime> first_chunk_at_;
};

class ChatRoutes {
 public:
  explicit ChatRoutes(RouteEnvironment& environment) : environment_(environment) {
    for (const auto& model : environment.services.chat_models) {
      bool unique = models_.emplace(model->name(), model).second;
      DOCMILL_CHECK(unique);
    }
  }

  Task<void> complete(Context context, Call& call) {
    DOCMILL_CO_TRY(std::string body, co_await http::read_whole(
                                         context, call.body, environment_.settings.body_bytes_max));
    DOCMILL_CO_TRY(ChatCall chat, parse_chat_call(std::move(body)));
    auto found = models_.find(chat.model);
    if (found == models_.end())
      co_return fail(ErrorCode::kNotFound, "the model '" + chat.model + "' does not exist here",
                     "model_not_found");
    std::shared_ptr<ChatModel> model = found->second;
    SteadyTime start = environment_.services.clock.steady_now();
    bool stream = chat.stream;
    AnswerSink sink(call, stream, environment_.services.clock);
    if (stream) begin_stream(call);
    auto usage = co_await model->chat(context, std::move(chat), sink);
    count(*model, usage, sink, start);
    if (!stream) {
      if (!usage) co_return fail(std::move(usage).error());
      if (!sink.answered()) co_return fail(ErrorCode::kInternal, "the model gave no answer");
      co_return Status();
    }
    co_return co_await end_stream(context, call, usage ? Status() : fail(usage.error()));
  }

 private:
  // The status goes out with the first chunk or keep-alive: until then a failure still gets its
  // own.
  void begin_stream(Call& call) {
    http::Headers headers = call.headers("text/event-stream; charset=utf-8");
    headers.add("Cache-Control", "no-cache");
    headers.add("X-Accel-Buffering", "no");
    call.writer.begin({200, std::move(headers)},
                      {environment_.settings.keep_alive_every, std::string(http::kSseKeepAlive)});
  }

  // A stream that failed ends with an error event and without [DONE], so that no client takes it
  // for whole.
  Task<void> end_stream(Context context, Call& call, Status outcome) {
    if (!outcome && !call.writer.committed()) co_return outcome;
    std::string last(http::kSseDone);
    if (!outcome) {
      call.failed_in_band = outcome.error();
      last.clear();
      http::append_sse_data(last, error_json(outcome.error()));
    }
    DOCMILL_CO_TRY_VOID(co_await call.writer.write(context, std::move(last)));
    co_return co_await call.writer.end(context);
  }

  void count(const ChatModel& model, const Result<ChatUsage>& usage, const AnswerSink& sink,
             SteadyTime start) {
    Metrics& metrics = environment_.services.metrics;
    std::string_view outcome = usage ? "ok" : policy_of(usage.error().code).name;
    metrics.get("docmill_gateway_chat_total", {model.name(), outcome}).add();
    if (usage) {
      auto tokens = [&](std::string_view kind, std::uint64_t amount) {
        metrics.get("docmill_gateway_tokens_total", {model.name(), kind})
            .add(static_cast<double>(amount));
      };
      tokens("prompt", usage->prompt_tokens);
      tokens("completion", usage->completion_tokens);
    }
    if (sink.first_chunk_at()) {
      std::chrono::duration<double> wait = *sink.first_chunk_at() - start;
      metrics.get("docmill_gateway_first_chunk_seconds", {model.name()}).observe(wait.count());
    }
  }

  RouteEnvironment& environment_;
  std::map<std::string, std::shared_ptr<ChatModel>, std::less<>> models_;
};

}  // namespace

void add_chat_routes(Router& router, RouteEnvironment& environment) {
  auto routes = std::make_shared<ChatRoutes>(environment);
  router.add({"POST", "/v1/chat/completions", Access::kKey,
              [routes](Context context, Call& call) { return routes->complete(context, call); }});
}

}  // namespace docmill::gateway
