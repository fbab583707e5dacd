// SPDX-License-Identifier: Apache-2.0
#include "adapters/openai/openai_chat_model.h"

#include "adapters/openai/chat_answer.h"
#include "http/sse.h"

namespace docmill::openai {
namespace {

constexpr std::size_t kErrorBytesMax = 64 << 10;  // of an error's body that is looked at

// Turns the bytes of one answer into calls of the sink as they come.
class AnswerReader final : public http::ResponseSink {
 public:
  AnswerReader(ChatSink& sink, bool stream, bool keep_usage_chunk)
      : sink_(sink), stream_(stream), keep_usage_chunk_(keep_usage_chunk) {}

  Task<void> head(Context, http::ResponseHead head) override {
    head_ = std::move(head);
    std::string_view type = head_.headers.find("content-type");
    bool events = http::equal_ignoring_case(type.substr(0, 17), "text/event-stream");
    if (head_.status == 200 && events != stream_)
      co_return fail(ErrorCode::kUnavailable,
                     stream_ ? "the upstream answered a stream request without a stream"
                             : "the upstream streamed an answer that was not to be streamed",
                     "wrong_content_type");
    co_return Status();
  }

  Task<void> body(Context context, std::string bytes) override {
    if (head_.status == 200 && stream_) co_return co_await read_events(context, std::move(bytes));
    if (head_.status == 200 || whole_.size() < kErrorBytesMax) whole_ += bytes;
    co_return Status();
  }

  // After the last byte.
  Task<ChatUsage> finish(Context context) {
    if (head_.status != 200) co_return fail(error_of_answer(head_.status, head_.headers, whole_));
    if (stream_) {
      if (!done_)
        co_return fail(ErrorCode::kUnavailable, "the upstream's stream ended before its end mark",
                       "missing_done");
      co_return usage_;
    }
    ChunkFacts facts = inspect_chunk(whole_);
    if (facts.error) co_return fail(std::move(*facts.error));
    if (facts.usage) usage_ = *facts.usage;
    DOCMILL_CO_TRY_VOID(co_await sink_.answer(context, std::move(whole_)));
    co_return usage_;
  }

  // A connection that breaks behind [DONE] takes nothing away from the answer.
  bool done() const { return done_; }

 private:
  Task<void> read_events(Context context, std::string bytes) {
    std::vector<http::SseEvent> events;
    if (!done_) DOCMILL_CO_TRY_VOID(reader_.feed(bytes, events));
    for (http::SseEvent& event : events) {
      if (done_) break;
      if (event.data.starts_with("[DONE]")) {
        done_ = true;
        break;
      }
      ChunkFacts facts = inspect_chunk(event.data);
      if (event.type == "error" && !facts.error)
        facts.error =
            Error(ErrorCode::kUnavailable, "the upstream reported an error", "upstream_error");
      if (facts.error) co_return fail(std::move(*facts.error));
      if (facts.usage) usage_ = *facts.usage;
      if (facts.usage_only && !keep_usage_chunk_) continue;
      DOCMILL_CO_TRY_VOID(co_await sink_.chunk(context, std::move(event.data)));
    }
    co_return Status();
  }

  ChatSink& sink_;
  bool stream_;
  bool keep_usage_chunk_;
  http::ResponseHead head_;
  http::SseReader reader_;
  std::string whole_;
  ChatUsage usage_;
  bool done_ = false;
};

}  // namespace

Result<std::shared_ptr<OpenAiChatModel>> OpenAiChatModel::create(http::Client& client,
                                                                 OpenAiChatSettings settings) {
  if (settings.name.empty() || settings.base_url.empty())
    return fail(ErrorCode::kInvalidArgument, "a chat model needs a name and a base_url");
  while (settings.base_url.ends_with('/')) settings.base_url.pop_back();
  if (settings.upstream_model.empty()) settings.upstream_model = settings.name;
  return std::shared_ptr<OpenAiChatModel>(new OpenAiChatModel(client, std::move(settings)));
}

Task<ChatUsage> OpenAiChatModel::chat(Context context, ChatCall call, ChatSink& sink) {
  if (call.index.members == 0) {
    DOCMILL_CO_TRY(call, parse_chat_call(std::move(call.body)));
  }
  http::ClientRequest request{.method = "POST",
                              .url = settings_.base_url + "/chat/completions",
                              .first_byte_timeout = settings_.first_byte_timeout,
                              .idle_timeout = settings_.idle_timeout,
                              .response_bytes_max = settings_.answer_bytes_max};
  request.body = make_upstream_body(call, settings_.upstream_model);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", call.stream ? "text/event-stream" : "application/json");
  if (!settings_.api_key.empty())
    request.headers.add("Authorization", "Bearer " + settings_.api_key);
  if (!context.request_id().empty()) request.headers.add("x-request-id", context.request_id());
  context = context.with_timeout(settings_.total_timeout);
  AnswerReader reader(sink, call.stream, call.include_usage);
  Status sent = co_await client_.send(context, std::move(request), reader);
  if (!sent && !reader.done()) co_return fail(std::move(sent).error());
  co_return co_await reader.finish(context);
}

}  // namespace docmill::openai
