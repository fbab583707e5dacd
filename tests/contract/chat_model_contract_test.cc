// SPDX-License-Identifier: Apache-2.0
#include "contract/chat_model_contract.h"

#include <future>

#include "adapters/decorate/fault_chat_model.h"
#include "adapters/openai/openai_chat_model.h"
#include "http/server.h"
#include "http/sse.h"

namespace docmill::contract {
namespace {

// Speaks the upstream's side of the protocol. The end to end tests use a server that is not ours.
class UpstreamHandler final : public http::Handler {
 public:
  Task<void> handle(Context context, http::RequestHead&, http::BodyReader& body,
                    http::ResponseWriter& writer) override {
    DOCMILL_CO_TRY(std::string request, co_await http::read_whole(context, body, 1 << 20));
    const std::string usage = R"("usage":{"prompt_tokens":2,"completion_tokens":1}})";
    if (!request.contains("\"stream\":true"))
      co_return co_await writer.send(
          context, {200, {{"Content-Type", "application/json"}}, R"({"choices":[{}],)" + usage});
    writer.begin({200, {{"Content-Type", "text/event-stream"}}}, {});
    for (const std::string& json :
         {std::string(R"({"choices":[{"delta":{}}],"usage":null})"),
          std::string(R"({"choices":[{"delta":{}}],"usage":null})"), R"({"choices":[],)" + usage}) {
      std::string frame;
      http::append_sse_data(frame, json);
      DOCMILL_CO_TRY_VOID(co_await writer.write(context, std::move(frame)));
    }
    DOCMILL_CO_TRY_VOID(co_await writer.write(context, std::string(http::kSseDone)));
    co_return co_await writer.end(context);
  }
  http::Response refuse(const Error&) override { return {400, {}, ""}; }
};

class OpenAiPeer {
 public:
  OpenAiPeer() {
    server_ = std::move(*http::Server::listen(runtime_.executor(), handler_, metrics_, {}));
    running_ = std::async(std::launch::async,
                          [this] { return runtime_.run(server_->run(context_)).has_value(); });
    client_ = std::move(*http::Client::create(runtime_.executor(), {}));
    model_ = *openai::OpenAiChatModel::create(
        *client_,
        {.name = "m", .base_url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/"});
  }
  ~OpenAiPeer() {
    context_.cancel();
    running_.wait();
  }
  ChatModel& model() { return *model_; }
  static std::string body(bool stream) {
    return stream ? R"({"model":"m","messages":[1],"stream":true})"
                  : R"({"model":"m","messages":[1]})";
  }

 private:
  UpstreamHandler handler_;
  Metrics metrics_{http::Server::metric_table()};
  Context context_ = Context::background();
  Runtime runtime_{{}};
  std::unique_ptr<http::Server> server_;
  std::future<bool> running_;
  std::unique_ptr<http::Client> client_;
  std::shared_ptr<openai::OpenAiChatModel> model_;
};

// Behind a plan in which nothing fails: the decorator must change nothing.
class DecoratedPeer : public OpenAiPeer {
 public:
  ChatModel& model() { return fault_; }

 private:
  FaultChatModel fault_{OpenAiPeer::model(), FaultPlan()};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Decorated, ChatModelContract, DecoratedPeer);
INSTANTIATE_TYPED_TEST_SUITE_P(OpenAiChatModel, ChatModelContract, OpenAiPeer);

}  // namespace
}  // namespace docmill::contract
