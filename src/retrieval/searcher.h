// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/catalog.h"
#include "ports/embedder.h"
#include "ports/vector_store.h"
#include "retrieval/fusion.h"

namespace docmill::retrieval {

enum class SearchMode { kHybrid, kDense, kLexical };

// The mode called hybrid, dense or lexical; nothing for another word.
std::optional<SearchMode> mode_of_name(std::string_view name);

struct SearchSettings {
  FusionSettings fusion;
  int overfetch = 4;      // hits asked of each leg, as a multiple of k
  int leg_hits_min = 50;  // and at least so many
};

struct SearchRequest {
  std::string collection = "default";
  std::string query;
  int k = 10;  // 1–100
  VectorFilter filter;
  SearchMode mode = SearchMode::kHybrid;
};

// One passage. Scores order the results of one search; they mean nothing across searches.
struct SearchResult {
  std::string document, chunk_id, uri, title, heading_path, text, media_type;
  int page_first = 0, page_last = 0;
  double score = 0;
};

struct SearchResults {
  std::vector<SearchResult> results;  // descending by score; equal texts once
};

// Hybrid search: embeds the query, asks both legs of the store, drops hits of revisions that the
// catalog does not call current and fuses the rest. While stale or equal hits leave fewer than k
// and the store may have more, it asks for more. The parts are borrowed and outlive it.
// Thread-safe.
//
// Errors: invalid_argument (empty query, k), not_found (collection), and those of the parts.
class Searcher {
 public:
  Searcher(VectorStore& store, Embedder& embedder, Catalog& catalog, SearchSettings settings)
      : store_(store), embedder_(embedder), catalog_(catalog), settings_(settings) {}

  Task<SearchResults> search(Context context, SearchRequest request);

 private:
  Task<void> drop_stale(Context context, VectorHits& hits);
  SearchResults fuse_hits(VectorHits hits, int k) const;

  VectorStore& store_;
  Embedder& embedder_;
  Catalog& catalog_;
  SearchSettings settings_;
};

}  // namespace docmill::retrieval
