// SPDX-License-Identifier: Apache-2.0
#include "processor/extract_stage.h"

#include <memory>

#include "document/codec.h"

namespace docmill::processor {
namespace {

constexpr std::uint64_t kModelBytesMax = 512ULL << 20;

}  // namespace

bool is_missing(const Error& error) {
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kCorruptData;
}

ExtractStage::ExtractStage(Services services, Settings settings)
    : services_(std::move(services)), settings_(std::move(settings)) {}

Task<document::Document> ExtractStage::run(Context context, NewVersion version,
                                           std::optional<std::string> bytes) {
  std::string key = model_artefact_key(settings_, version);
  auto loaded = co_await load(context, key);
  if (loaded) {
    services_.metrics.get("docmill_stage_artefact_hits_total", {"extract"}).add();
    co_return loaded;
  }
  if (!is_missing(loaded.error())) co_return loaded;
  DOCMILL_CO_TRY(document::Document parsed,
                 co_await parse(context, std::move(version), std::move(bytes)));
  auto model = std::make_shared<document::Document>(std::move(parsed));
  DOCMILL_CO_TRY(std::string encoded, co_await services_.blocking.run(context, [model] {
    return Result<std::string>(document::encode(*model));
  }));
  DOCMILL_CO_TRY_VOID(co_await services_.blobs.put(context, key, std::move(encoded)));
  co_return std::move(*model);
}

Task<document::Document> ExtractStage::load(Context context, std::string model_key) {
  DOCMILL_CO_TRY(std::string bytes,
                 co_await services_.blobs.get(context, std::move(model_key), kModelBytesMax));
  co_return co_await services_.blocking.run(
      context, [bytes = std::move(bytes)] { return document::decode(bytes); });
}

Task<document::Document> ExtractStage::parse(Context context, NewVersion version,
                                             std::optional<std::string> bytes) {
  if (!bytes) {
    std::string key = content_key(version.content);
    // Lost original bytes never heal: not to be taken for a missing artefact.
    auto read = co_await services_.blobs.get(context, std::move(key), settings_.limits.input_bytes);
    if (!read && read.error().code == ErrorCode::kTooLarge)
      co_return fail(ErrorCode::kTooLarge, "the file is over the limit", "limit_input_bytes");
    if (!read) co_return fail(std::move(read).error().wrap("original bytes"));
    bytes = std::move(*read);
  }
  document::ExtractRequest request;
  request.name = std::move(version.uri);
  request.declared_media_type = std::move(version.declared_media_type);
  request.declared_charset = std::move(version.declared_charset);
  request.limits = settings_.limits;
  co_return co_await services_.extract(context, std::move(request), std::move(*bytes));
}

}  // namespace docmill::processor
