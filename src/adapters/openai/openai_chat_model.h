// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "ports/chat_model.h"

namespace docmill::openai {

struct OpenAiChatSettings {
  std::string name;            // as clients ask for it
  std::string base_url;        // "https://api.openai.com/v1": without /chat/completions
  std::string api_key;         // secret; empty: no Authorization header
  std::string upstream_model;  // as the upstream calls it; empty: the same name
  Milliseconds first_byte_timeout{120'000};
  Milliseconds idle_timeout{60'000};  // between bytes of a stream
  Milliseconds total_timeout{600'000};
  std::uint64_t answer_bytes_max = 64 << 20;
};

// A model behind any server that speaks OpenAI's chat completions. Bodies pass unparsed in both
// directions: only `model` is replaced where the names differ, usage is always asked for and its
// chunk kept back from clients that did not ask. No retries. Thread-safe.
//
// Errors: the upstream's own (message, param and code kept, status mapped), unavailable with reason
// upstream_auth when it refuses our key, cut_off or missing_done when a stream ends before [DONE],
// otherwise those of http::Client. Cancelling closes the connection to the upstream.
class OpenAiChatModel final : public ChatModel {
 public:
  // `client` outlives the model. invalid_argument for settings without a name or URL.
  static Result<std::shared_ptr<OpenAiChatModel>> create(http::Client& client,
                                                         OpenAiChatSettings settings);

  const std::string& name() const override { return settings_.name; }
  Task<ChatUsage> chat(Context context, ChatCall call, ChatSink& sink) override;

 private:
  OpenAiChatModel(http::Client& client, OpenAiChatSettings settings)
      : client_(client), settings_(std::move(settings)) {}

  http::Client& client_;
  OpenAiChatSettings settings_;
};

}  // namespace docmill::openai
