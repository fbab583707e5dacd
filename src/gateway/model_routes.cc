// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/hash.h"
#include "base/json_text.h"
#include "gateway/json_fields.h"
#include "gateway/routes.h"

namespace docmill::gateway {
namespace {

constexpr std::size_t kInputsMax = 2048;  // OpenAI's limit

// Nine significant digits name every float exactly, whatever type the reader goes through.
void append_floats(std::string& out, const std::vector<float>& vector) {
  out += '[';
  for (std::size_t i = 0; i < vector.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}{:.9g}", i ? "," : "", vector[i]);
  out += ']';
}

void append_base64(std::string& out, const std::vector<float>& vector) {
  static_assert(std::endian::native == std::endian::little);
  out += '"';
  out += base64_encode(
      {reinterpret_cast<const std::uint8_t*>(vector.data()), vector.size() * sizeof(float)});
  out += '"';
}

void append_model(std::string& out, std::string_view id) {
  out += R"({"id":)";
  append_json_string(out, id);
  out += R"(,"object":"model","created":0,"owned_by":"docmill"})";
}

class ModelRoutes {
 public:
  explicit ModelRoutes(RouteEnvironment& environment) : environment_(environment) {
    for (const auto& model : environment.services.chat_models) names_.push_back(model->name());
    if (Embedder* embedder = environment.services.embedder)
      names_.push_back(embedder->identity().name);
  }

  Task<void> list(Context context, Call& call) {
    std::string out = R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (i) out += ',';
      append_model(out, names_[i]);
    }
    co_return co_await call.answer_json(context, 200, out + "]}");
  }

  Task<void> get(Context context, Call& call) {
    const std::string& id = call.captures.front();
    if (std::ranges::find(names_, id) == names_.end())
      co_return fail(ErrorCode::kNotFound, "the model '" + id + "' does not exist here",
                     "model_not_found");
    std::string out;
    append_model(out, id);
    co_return co_await call.answer_json(context, 200, std::move(out));
  }

  Task<void> embed(Context context, Call& call) {
    DOCMILL_CO_TRY(std::string body, co_await http::read_whole(
                                         context, call.body, environment_.settings.body_bytes_max));
    DOCMILL_CO_TRY(JsonFields fields, JsonFields::parse(body, {"model", "input", "encoding_format",
                                                               "dimensions", "user"}));
    DOCMILL_CO_TRY(std::string model, fields.text("model"));
    Embedder* embedder = environment_.services.embedder;
    if (!embedder || model != embedder->identity().name)
      co_return fail(ErrorCode::kNotFound,
                     "the embedding model '" + model + "' does not exist here", "model_not_found");
    DOCMILL_CO_TRY(std::string format, fields.text("encoding_format", "float"));
    if (format != "float" && format != "base64")
      co_return fail(ErrorCode::kInvalidArgument, "encoding_format: must be float or base64",
                     "invalid_value");
    int dimension = embedder->identity().dimension;
    DOCMILL_CO_TRY(std::int64_t wanted, fields.integer("dimensions", dimension, 1, 1 << 20));
    if (wanted != dimension)
      co_return fail(ErrorCode::kInvalidArgument,
                     fmt::format("dimensions: this model makes vectors of {} only", dimension),
                     "invalid_value");
    DOCMILL_CO_TRY(std::vector<std::string> texts, fields.texts("input", kInputsMax));
    for (const std::string& text : texts)
      if (text.empty())
        co_return fail(ErrorCode::kInvalidArgument, "input: must not be empty", "invalid_value");
    auto batch = co_await embedder->embed(context, std::move(texts));
    if (!batch && batch.error().code == ErrorCode::kTooLarge)
      co_return fail(ErrorCode::kInvalidArgument,
                     fmt::format("input: a text has more than the {} tokens this model takes",
                                 embedder->tokens_max()),
                     "context_length_exceeded");
    if (!batch) co_return fail(std::move(batch).error());
    co_return co_await call.answer_json(context, 200, render(*batch, model, format == "base64"));
  }

 private:
  static std::string render(const EmbeddingBatch& batch, std::string_view model, bool base64) {
    std::string out = R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < batch.vectors.size(); ++i) {
      fmt::format_to(std::back_inserter(out), R"({}{{"object":"embedding","index":{},"embedding":)",
                     i ? "," : "", i);
      base64 ? append_base64(out, batch.vectors[i]) : append_floats(out, batch.vectors[i]);
      out += '}';
    }
    out += R"(],"model":)";
    append_json_string(out, model);
    fmt::format_to(std::back_inserter(out),
                   R"(,"usage":{{"prompt_tokens":{0},"total_tokens":{0}}}}})", batch.tokens);
    return out;
  }

  RouteEnvironment& environment_;
  std::vector<std::string> names_;
};

}  // namespace

void add_model_routes(Router& router, RouteEnvironment& environment) {
  auto routes = std::make_shared<ModelRoutes>(environment);
  router.add({"GET", "/v1/models", Access::kKey,
              [routes](Context context, Call& call) { return routes->list(context, call); }});
  router.add({"GET", "/v1/models/{id...}", Access::kKey,
              [routes](Context context, Call& call) { return routes->get(context, call); }});
  router.add({"POST", "/v1/embeddings", Access::kKey,
              [routes](Context context, Call& call) { return routes->embed(context, call); }});
}

}  // namespace docmill::gateway
