// SPDX-License-Identifier: Apache-2.0
#include "retrieval/searcher.h"

#include <algorithm>
#include <set>
#include <unordered_set>

namespace docmill::retrieval {
namespace {

constexpr int kResultsMax = 100;
constexpr int kLegHitsMax = 1000;  // the port's limit

SearchResult result_of(VectorRecord record, double score) {
  SearchResult result;
  result.document = std::move(record.document);
  result.chunk_id = std::move(record.chunk_id);
  result.uri = std::move(record.uri);
  result.title = std::move(record.title);
  result.heading_path = std::move(record.heading_path);
  result.text = std::move(record.text);
  result.media_type = std::move(record.media_type);
  result.page_first = record.page_first;
  result.page_last = record.page_last;
  result.score = score;
  return result;
}

std::vector<std::string> ids_of(const std::vector<VectorHit>& hits) {
  std::vector<std::string> ids;
  for (const VectorHit& hit : hits) ids.push_back(hit.record.id);
  return ids;
}

}  // namespace

std::optional<SearchMode> mode_of_name(std::string_view name) {
  if (name == "hybrid") return SearchMode::kHybrid;
  if (name == "dense") return SearchMode::kDense;
  if (name == "lexical") return SearchMode::kLexical;
  return std::nullopt;
}

Task<void> Searcher::drop_stale(Context context, VectorHits& hits) {
  std::set<DocumentId> documents;
  for (const auto* leg : {&hits.dense, &hits.lexical})
    for (const VectorHit& hit : *leg) documents.insert(hit.record.document);
  if (documents.empty()) co_return Status();
  std::vector<DocumentId> list(documents.begin(), documents.end());
  DOCMILL_CO_TRY(const auto current,
                 co_await catalog_.current_revisions(std::move(context), std::move(list)));
  const auto is_stale = [&](const VectorHit& hit) {
    const auto found = current.find(hit.record.document);
    return found == current.end() || found->second != hit.record.revision;
  };
  std::erase_if(hits.dense, is_stale);
  std::erase_if(hits.lexical, is_stale);
  co_return Status();
}

SearchResults Searcher::fuse_hits(VectorHits hits, int k) const {
  const auto fused = fuse(ids_of(hits.dense), ids_of(hits.lexical), settings_.fusion);
  std::unordered_map<std::string, VectorRecord*> records;
  for (auto* leg : {&hits.dense, &hits.lexical})
    for (VectorHit& hit : *leg) records.emplace(hit.record.id, &hit.record);
  SearchResults results;
  std::unordered_set<std::string> texts;
  for (const FusedId& entry : fused) {
    if (results.results.size() == static_cast<std::size_t>(k)) break;
    VectorRecord& record = *records.at(entry.id);
    if (texts.insert(record.text).second)
      results.results.push_back(result_of(std::move(record), entry.score));
  }
  return results;
}

Task<SearchResults> Searcher::search(Context context, SearchRequest request) {
  if (request.query.find_first_not_of(" \t\r\n") == std::string::npos)
    co_return fail(ErrorCode::kInvalidArgument, "the query is empty");
  if (request.k < 1 || request.k > kResultsMax)
    co_return fail(ErrorCode::kInvalidArgument, "k is not 1 to 100");
  VectorQuery query;
  query.collection = request.collection;
  query.filter = request.filter;
  if (request.mode != SearchMode::kLexical) {
    std::vector<std::string> texts;
    texts.push_back(request.query);
    DOCMILL_CO_TRY(EmbeddingBatch batch, co_await embedder_.embed(context, std::move(texts)));
    query.vector = std::move(batch.vectors.at(0));
  }
  if (request.mode != SearchMode::kDense) query.text = request.query;
  query.k = std::clamp(request.k * settings_.overfetch, settings_.leg_hits_min, kLegHitsMax);
  while (true) {
    DOCMILL_CO_TRY(VectorHits hits, co_await store_.search(context, query));
    const std::size_t fetched = std::max(hits.dense.size(), hits.lexical.size());
    DOCMILL_CO_TRY_VOID(co_await drop_stale(context, hits));
    SearchResults results = fuse_hits(std::move(hits), request.k);
    const bool enough = results.results.size() == static_cast<std::size_t>(request.k);
    const bool more = fetched == static_cast<std::size_t>(query.k) && query.k < kLegHitsMax;
    if (enough || !more) co_return results;
    query.k = std::min(query.k * 4, kLegHitsMax);
  }
}

}  // namespace docmill::retrieval
