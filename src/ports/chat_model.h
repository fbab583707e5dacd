// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "async/context.h"
#include "async/task.h"

namespace docmill {

// Bytes [begin, end) of a body; empty where a value is absent.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin == end; }
};

// Where the one pass over a body found what an upstream may have to replace. `members` is the
// offset just behind the root's brace; 0 means that nobody made the pass.
struct ChatCallIndex {
  std::size_t members = 0;
  ByteRange model;           // the value with its quotes
  ByteRange stream_options;  // the whole value
  ByteRange include_usage;   // the value inside stream_options
};

// One chat request as the client sent it: OpenAI's chat completion JSON, bytes unparsed. `model`
// and `stream` are what the one pass over the body found.
struct ChatCall {
  std::string body;
  std::string model;  // what the client asked for
  bool stream = false;
  bool include_usage = false;  // stream_options.include_usage
  ChatCallIndex index = {};
};

// The one pass: finds model, stream and stream_options in `body` and checks that messages is an
// array with something in it; the rest stays unread. invalid_argument: its message starts with the
// field's name and a colon, its reason is OpenAI's error code. A second `model` or `stream` is
// refused: two readers of one body could disagree about it.
Result<ChatCall> parse_chat_call(std::string body);

// The body to send upstream: `model` in place of the client's, and usage asked for when streaming
// (stream_options.include_usage), everything else byte for byte. `call` must come from the pass.
std::string make_upstream_body(const ChatCall& call, std::string_view model);

// Where an answer goes. Calls come one after the other; each returns when the client side took the
// bytes (back-pressure), or cancelled when the client has gone. The model stops at the first error.
class ChatSink {
 public:
  virtual ~ChatSink() = default;
  // A whole answer: OpenAI's chat completion JSON. Ends a call that did not stream.
  virtual Task<void> answer(Context context, std::string json) = 0;
  // One chunk of a stream: the JSON of one `data:` event, without SSE framing, never "[DONE]".
  virtual Task<void> chunk(Context context, std::string json) = 0;
};

struct ChatUsage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  bool exact = false;  // counted by the upstream, not estimated
};

// A language model, an upstream or docmill/ask: all look alike to the gateway. Thread-safe.
// A call that returns success has sent its whole answer; after an error the caller ends the stream
// with an in-band error and no [DONE]. Errors before the first chunk may be retried elsewhere.
class ChatModel {
 public:
  virtual ~ChatModel() = default;
  virtual const std::string& name() const = 0;  // as listed by /v1/models
  virtual Task<ChatUsage> chat(Context context, ChatCall call, ChatSink& sink) = 0;
};

}  // namespace docmill
