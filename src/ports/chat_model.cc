// SPDX-License-Identifier: Apache-2.0
#include "ports/chat_model.h"

#include <simdjson.h>

#include <memory>

#include "base/json_text.h"

namespace docmill {
namespace {

namespace ondemand = simdjson::ondemand;

// Nesting that any real request stays far below; deeper input is somebody probing.
constexpr std::size_t kDepthMax = 256;
// A parser that once saw a bigger body is not kept: its buffers are several times the body.
constexpr std::size_t kKeptParserBytesMax = 1 << 20;

std::unexpected<Error> fault(std::string_view field, std::string_view text, std::string_view code) {
  std::string message(field);
  message.append(field.empty() ? "" : ": ").append(text);
  return fail(ErrorCode::kInvalidArgument, std::move(message), std::string(code));
}

std::unexpected<Error> malformed() {
  return fault("", "the body is not valid JSON", "invalid_json");
}

ByteRange trimmed_range(std::string_view body, std::string_view token) {
  while (!token.empty() && std::string_view(" \t\r\n").contains(token.back()))
    token.remove_suffix(1);
  auto begin = static_cast<std::size_t>(token.data() - body.data());
  return {begin, begin + token.size()};
}

// Reads the members of one body into a call; one object per pass.
class Pass {
 public:
  Pass(std::string_view body, ChatCall& call) : body_(body), call_(call) {}

  Status read(ondemand::document& document) {
    ondemand::object root;
    if (document.get_object().get(root))
      return fault("", "the body is not a JSON object", "invalid_json");
    for (auto item : root) {
      ondemand::field field;
      std::string_view key;
      if (std::move(item).get(field) || field.unescaped_key().get(key)) return malformed();
      DOCMILL_TRY_VOID(read_member(key, field.value()));
    }
    // Behind the root there is nothing to point at.
    if (!document.current_location().error()) return malformed();
    if (call_.index.model.empty())
      return fault("model", "is required", "missing_required_parameter");
    if (!messages_) return fault("messages", "is required", "missing_required_parameter");
    return {};
  }

 private:
  Status read_member(std::string_view key, ondemand::value value) {
    if (key == "model") return read_model(value);
    if (key == "messages") return read_messages(value);
    if (key == "stream") return read_stream(value);
    if (key == "stream_options") return read_stream_options(value);
    return {};
  }

  Status read_model(ondemand::value value) {
    if (!call_.index.model.empty()) return fault("model", "is given twice", "invalid_value");
    std::string_view token = value.raw_json_token();
    std::string_view text;
    if (value.get_string().get(text)) return fault("model", "must be a string", "invalid_type");
    if (text.empty()) return fault("model", "is empty", "invalid_value");
    call_.model = std::string(text);
    call_.index.model = trimmed_range(body_, token);
    return {};
  }

  Status read_messages(ondemand::value value) {
    if (messages_) return fault("messages", "is given twice", "invalid_value");
    messages_ = true;
    ondemand::array array;
    bool empty = false;
    if (value.get_array().get(array)) return fault("messages", "must be an array", "invalid_type");
    if (array.is_empty().get(empty)) return malformed();
    if (empty) return fault("messages", "is empty", "empty_array");
    return {};
  }

  Status read_stream(ondemand::value value) {
    if (stream_) return fault("stream", "is given twice", "invalid_value");
    stream_ = true;
    bool null = false;
    if (!value.is_null().get(null) && null) return {};
    if (value.get_bool().get(call_.stream))
      return fault("stream", "must be true or false", "invalid_type");
    return {};
  }

  Status read_stream_options(ondemand::value value) {
    if (!call_.index.stream_options.empty())
      return fault("stream_options", "is given twice", "invalid_value");
    ondemand::json_type type;
    if (value.type().get(type)) return malformed();
    if (type == ondemand::json_type::null) {
      call_.index.stream_options = trimmed_range(body_, value.raw_json_token());
      return {};
    }
    ondemand::object object;
    if (value.get_object().get(object))
      return fault("stream_options", "must be an object", "invalid_type");
    const char* begin = nullptr;
    for (auto item : object) {
      ondemand::field field;
      std::string_view key;
      if (std::move(item).get(field) || field.unescaped_key().get(key)) return malformed();
      if (key != "include_usage") continue;
      ondemand::value usage = field.value();
      if (begin) return fault("stream_options", "include_usage is given twice", "invalid_value");
      begin = usage.raw_json_token().data();
      call_.index.include_usage = trimmed_range(body_, usage.raw_json_token());
      if (usage.get_bool().get(call_.include_usage))
        return fault("stream_options", "include_usage must be true or false", "invalid_type");
    }
    if (object.reset().error()) return malformed();
    std::string_view raw;
    if (object.raw_json().get(raw)) return malformed();
    call_.index.stream_options = trimmed_range(body_, raw);
    return {};
  }

  std::string_view body_;
  ChatCall& call_;
  bool messages_ = false;
  bool stream_ = false;
};

}  // namespace

Result<ChatCall> parse_chat_call(std::string body) {
  thread_local std::unique_ptr<ondemand::parser> parser;
  if (!parser || parser->capacity() > kKeptParserBytesMax)
    parser = std::make_unique<ondemand::parser>();
  if (body.size() > parser->capacity() || parser->max_depth() != kDepthMax) {
    if (parser->allocate(std::max<std::size_t>(body.size(), 4096), kDepthMax))
      return fail(ErrorCode::kUnavailable, "no memory to read the request");
  }
  ChatCall call;
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  ondemand::document document;
  if (parser->iterate(simdjson::padded_string_view(body.data(), body.size(), body.capacity()))
          .get(document))
    return malformed();
  DOCMILL_TRY_VOID(Pass(body, call).read(document));
  call.index.members = body.find('{') + 1;
  call.body = std::move(body);
  return call;
}

std::string make_upstream_body(const ChatCall& call, std::string_view model) {
  const ChatCallIndex& index = call.index;
  DOCMILL_CHECK(index.members > 0);
  // At most two replacements; `at` walks over the body once.
  struct Edit {
    ByteRange range;
    std::string text;
  };
  std::vector<Edit> edits;
  if (model != call.model) edits.push_back({index.model, json_string(model)});
  if (call.stream && !call.include_usage) {
    constexpr std::string_view kAsk = "\"include_usage\":true";
    ByteRange options = index.stream_options;
    if (!index.include_usage.empty()) {
      edits.push_back({index.include_usage, "true"});
    } else if (options.empty()) {
      edits.push_back(
          {{index.members, index.members}, "\"stream_options\":{" + std::string(kAsk) + "},"});
    } else {
      std::string_view old =
          std::string_view(call.body).substr(options.begin, options.end - options.begin);
      bool bare = old.front() != '{' || old.find('"') == std::string_view::npos;
      std::string text = "{" + std::string(kAsk);
      text += bare ? "}" : "," + std::string(old.substr(1));
      edits.push_back({options, std::move(text)});
    }
  }
  std::ranges::sort(edits, {}, [](const Edit& edit) { return edit.range.begin; });
  std::string out;
  out.reserve(call.body.size() + 64 + model.size());
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    out.append(call.body, at, edit.range.begin - at).append(edit.text);
    at = edit.range.end;
  }
  return out.append(call.body, at);
}

}  // namespace docmill
