// SPDX-License-Identifier: Apache-2.0
// Retrieval judged by people: nDCG@10 and recall@10 of BM25, dense and hybrid search over the
// Cranfield set, beside SQLite FTS5 over the same passages. One line of JSON a figure.
//
// Documents are cut into passages that the model takes whole, as chunks are; a document stands
// where its best passage stands. Judgements 1 (complete answer) to 4 (minimum interest) are gains 4
// to 1.
#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <unordered_set>

#include "adapters/embedded/local_embedder.h"
#include "base/hash.h"
#include "bench_store.h"
#include "fts5_rival.h"
#include "rank_metrics.h"
#include "retrieval/fusion.h"

namespace docmill::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWordsMax = 160;  // of a passage, so that nearly all fit the model
constexpr int kHits = 100;              // passages asked of each leg
constexpr std::size_t kTop = 10;
constexpr std::size_t kBatch = 64;

struct Passage {
  std::string document, text;
};

struct Query {
  std::string text;
  Judgements judgements;
};

boost::json::array read_array(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return boost::json::parse(bytes).as_array();
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// Pieces of about equal size.
void add_passages(const std::string& document, std::span<const std::string> words,
                  std::size_t words_max, std::vector<Passage>& passages) {
  const std::size_t pieces = (words.size() + words_max - 1) / words_max;
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::size_t begin = words.size() * i / pieces, end = words.size() * (i + 1) / pieces;
    Passage passage{.document = document, .text = {}};
    for (const std::string& word : words.subspan(begin, end - begin))
      passage.text += (passage.text.empty() ? "" : " ") + word;
    passages.push_back(std::move(passage));
  }
}

std::vector<Query> read_queries(const fs::path& folder) {
  std::map<std::int64_t, Query> queries;
  for (const auto& entry : read_array(folder / "cran_queries.json"))
    queries[entry.at("query number").as_int64()].text = entry.at("query").as_string().c_str();
  for (const auto& entry : read_array(folder / "cran_qrels.json")) {
    const auto number = std::strtoll(entry.at("query_num").as_string().c_str(), nullptr, 10);
    // Position 1 is the best; the one entry below 1 is of no interest.
    const auto position = entry.at("position").as_int64();
    if (position >= 1 && position <= 4)
      queries.at(number).judgements[entry.at("id").as_string().c_str()] =
          static_cast<double>(5 - position);
  }
  std::vector<Query> out;
  for (auto& [number, query] : queries) out.push_back(std::move(query));
  return out;
}

class Cranfield {
 public:
  explicit Cranfield(const fs::path& folder)
      : metrics_(embedded::local_embedder_metrics()), queries_(read_queries(folder)) {
    pool_runtime_ = std::make_unique<Runtime>(RuntimeSettings{});
    embedder_ = value_or_exit(
        embedded::LocalEmbedder::create({.model_folder = DOCMILL_SOURCE_DIR "/.deps/native/minilm"},
                                        pool_runtime_->blocking(), metrics_));
    for (const auto& entry : read_array(folder / "cran_docs.json"))
      add_passages(std::to_string(entry.at("id").as_int64()),
                   words_of(entry.at("body").as_string()), kWordsMax, passages_);
    store_ = std::make_unique<BenchStore>(embedder_->identity());
    index();
  }

  void run() {
    std::map<std::string, std::pair<double, double>> sums;  // nDCG, recall
    for (const Query& query : queries_) {
      auto vectors =
          value_or_exit(pool_runtime_->run(embedder_->embed(Context::background(), {query.text})))
              .vectors;
      VectorHits hits = store_->search({.vector = vectors.front(), .text = query.text, .k = kHits});
      const auto dense = ids(hits.dense), lexical = ids(hits.lexical);
      std::vector<std::string> fts5;
      for (std::size_t number : fts5_.search(query.text, kHits))
        fts5.push_back(std::to_string(number));
      const auto count = [&](const char* name, const std::vector<std::string>& passages) {
        const auto ranking = documents(passages);
        sums[name].first += ndcg_at(ranking, query.judgements, kTop);
        sums[name].second += recall_at(ranking, query.judgements, kTop);
      };
      count("fts5", fts5);
      count("bm25", lexical);
      count("dense", dense);
      count("hybrid_k2", fused(dense, lexical, 2));
      count("hybrid_k60", fused(dense, lexical, 60));
    }
    const auto queries = static_cast<double>(queries_.size());
    const auto [fts5_ndcg, fts5_recall] = sums.at("fts5");
    // BM25 of one formula and one stemmer is to differ by no more than stop words do; fusion pays.
    const std::pair<const char*, double> goals[] = {
        {"bm25", 0.98}, {"dense", 0.95}, {"hybrid_k2", 1.05}, {"hybrid_k60", 1.05}};
    for (const auto& [name, goal] : goals) {
      const auto [ndcg, recall] = sums.at(name);
      print_figure(fmt::format("cranfield_{}_ndcg10", name), ndcg / queries, "nDCG@10",
                   "SQLite FTS5 bm25", fts5_ndcg / queries, goal);
      print_figure(fmt::format("cranfield_{}_recall10", name), recall / queries, "recall@10",
                   "SQLite FTS5 bm25", fts5_recall / queries, goal);
    }
  }

 private:
  // Vectors of `texts`; one too long for the model is embedded without its last words.
  std::vector<std::vector<float>> embed(std::vector<std::string> texts) {
    auto batch = pool_runtime_->run(embedder_->embed(Context::background(), texts));
    if (batch || batch.error().code != ErrorCode::kTooLarge)
      return value_or_exit(std::move(batch)).vectors;
    if (texts.size() == 1) return embed({texts[0].substr(0, texts[0].rfind(' '))});
    std::vector<std::vector<float>> vectors;
    for (std::string& text : texts) vectors.push_back(embed({std::move(text)}).front());
    return vectors;
  }

  void index() {
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin < passages_.size(); begin += kBatch) {
      const std::size_t end = std::min(begin + kBatch, passages_.size());
      std::vector<std::string> texts;
      for (std::size_t i = begin; i < end; ++i) texts.push_back(passages_[i].text);
      auto vectors = embed(texts);
      std::vector<VectorRecord> records;
      for (std::size_t i = begin; i < end; ++i) {
        VectorRecord record{.id = sha256(std::to_string(i)).hex().substr(0, 32)};
        record.document = passages_[i].document;
        record.revision = 1;
        record.chunk_id = std::to_string(i);
        record.ordinal = static_cast<int>(i);
        record.text = passages_[i].text;
        record.vector = std::move(vectors[i - begin]);
        records.push_back(std::move(record));
      }
      store_->upsert(std::move(records));
      std::ranges::move(texts, std::back_inserter(all));
    }
    fts5_.add(all);
  }

  static std::vector<std::string> ids(const std::vector<VectorHit>& hits) {
    std::vector<std::string> out;
    for (const VectorHit& hit : hits) out.push_back(hit.record.chunk_id);
    return out;
  }

  static std::vector<std::string> fused(const std::vector<std::string>& dense,
                                        const std::vector<std::string>& lexical, double k) {
    std::vector<std::string> out;
    for (auto& entry : retrieval::fuse(dense, lexical, {.k = k})) out.push_back(entry.id);
    return out;
  }

  // Documents of passages, each where its first passage stands.
  std::vector<std::string> documents(const std::vector<std::string>& passages) const {
    std::vector<std::string> out;
    std::unordered_set<std::string> seen;
    for (const std::string& number : passages) {
      const std::string& document = passages_[std::stoul(number)].document;
      if (seen.insert(document).second) out.push_back(document);
    }
    return out;
  }

  Metrics metrics_;
  std::unique_ptr<Runtime> pool_runtime_;
  std::unique_ptr<embedded::LocalEmbedder> embedder_;
  std::vector<Query> queries_;
  std::vector<Passage> passages_;
  std::unique_ptr<BenchStore> store_;
  Fts5Rival fts5_;
};

int run() {
  const char* shared = std::getenv("DOCMILL_SHARED_DATA");
  const fs::path folder =
      fs::path(shared != nullptr ? shared : DOCMILL_SOURCE_DIR "/../shared/data") /
      "retrieval-cranfield";
  if (!fs::exists(folder)) {
    fmt::print(stderr, "cranfield: no data set at {}\n", folder.string());
    return 0;
  }
  Cranfield(folder).run();
  return 0;
}

}  // namespace
}  // namespace docmill::bench

int main() { return docmill::bench::run(); }
