// SPDX-License-Identifier: Apache-2.0
#include "confine/extractor.h"

#include "base/error_code.h"
#include "confine/pool.h"
#include "document/codec.h"

namespace docmill::confine {

Extractor::Extractor(Pool& pool, Metrics& metrics) : pool_(pool), metrics_(metrics) {}

Task<document::Document> Extractor::extract(Context context, document::ExtractRequest request,
                                            std::string bytes) {
  if (bytes.size() > request.limits.input_bytes) {
    co_return fail(ErrorCode::kTooLarge, "the document is over the limit input_bytes",
                   "limit_input_bytes");
  }
  Request confined{document::encode_request_header(request), std::move(bytes)};
  Result<std::string> reply = co_await pool_.run(std::move(context), std::move(confined));
  if (!reply) {
    metrics_.get("docmill_extract_documents_total", {policy_of(reply.error().code).name}).add();
    co_return fail(std::move(reply).error());
  }
  Result<document::Document> document = document::decode(*reply);
  if (!document) {
    metrics_.get("docmill_extract_documents_total", {"worker_protocol"}).add();
    Error error = std::move(document).error().wrap("the parser's answer");
    error.reason = "worker_protocol";
    co_return fail(std::move(error));
  }
  count(*document);
  co_return document;
}

void Extractor::count(const document::Document& document) {
  document::Conservation sum;
  std::uint64_t dropped = 0;
  for (const document::Conservation& row : document.conservation) {
    sum.body += row.body;
    sum.furniture += row.furniture;
    sum.invisible += row.invisible;
    for (const auto& [reason, characters] : row.dropped) dropped += characters;
  }
  const auto add = [this](std::string_view layer, std::uint64_t characters) {
    metrics_.get("docmill_extract_characters_total", {layer}).add(static_cast<double>(characters));
  };
  add("body", sum.body);
  add("furniture", sum.furniture);
  add("invisible", sum.invisible);
  add("dropped", dropped);
  metrics_.get("docmill_extract_documents_total", {"ok"}).add();
}

SandboxLevel Extractor::sandbox_level() const { return pool_.sandbox_level(); }

std::vector<MetricSpec> extractor_metrics() {
  return {
      {MetricKind::kCounter,
       "docmill_extract_documents_total",
       "Documents given to the extractor, by outcome",
       {"outcome"},
       {}},
      {MetricKind::kCounter,
       "docmill_extract_characters_total",
       "Characters that parsers saw, by where they went",
       {"layer"},
       {}},
  };
}

}  // namespace docmill::confine
