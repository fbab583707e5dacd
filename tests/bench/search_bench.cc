// SPDX-License-Identifier: Apache-2.0
// Search latency at 100,000 chunks, one query after the other: dense (exact), BM25 and both, beside
// a plain fp32 scan and SQLite FTS5 over the same records in the same run; and how long the first
// search of a fresh process takes, which reads the index. One line of JSON a figure.
//
//   docmill_bench_search [CHUNKS]
//
// Texts have 120 words of a vocabulary with Zipf's frequencies; vectors are drawn around 500
// topics, as those of real texts crowd.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <queue>
#include <random>
#include <span>

#include "base/hash.h"
#include "bench_store.h"
#include "fts5_rival.h"

namespace docmill::bench {
namespace {

constexpr std::uint64_t kSeed = 20268;
constexpr std::size_t kDimension = 384;
constexpr std::size_t kVocabulary = 50'000;
constexpr std::size_t kTopics = 500;
constexpr int kWords = 120, kQueryWords = 5;
constexpr int kQueries = 100, kTop = 10;
constexpr int kWarmUp = 5;
constexpr std::size_t kBatch = 1000;

struct Latency {
  double p50 = 0, p99 = 0;  // ms
};

class Corpus {
 public:
  explicit Corpus(std::size_t chunks) : random_(kSeed) {
    for (std::size_t i = 0; i < kVocabulary; ++i) weights_.push_back(1.0 / (i + 1.0));
    words_ = std::discrete_distribution<std::size_t>(weights_.begin(), weights_.end());
    for (std::size_t i = 0; i < kTopics; ++i) topics_.push_back(around({}, 1));
    for (std::size_t i = 0; i < chunks; ++i) {
      texts.push_back(text(kWords));
      const auto vector = next_vector();
      vectors.insert(vectors.end(), vector.begin(), vector.end());
    }
  }

  std::string text(int words) {
    std::string out;
    for (int i = 0; i < words; ++i) {
      // Letters only, so that both analysers see one word.
      std::size_t number = words_(random_);
      out += i > 0 ? " w" : "w";
      for (int digit = 0; digit < 4; ++digit, number /= 16)
        out += static_cast<char>('b' + number % 16);
    }
    return out;
  }
  std::vector<float> next_vector() { return around(topics_[random_() % kTopics], 0.7); }

  std::vector<std::string> texts;
  std::vector<float> vectors;  // row by row

 private:
  std::vector<float> around(const std::vector<float>& centre, double spread) {
    std::normal_distribution<double> noise(0, spread / std::sqrt(kDimension));
    std::vector<float> out(kDimension);
    double norm = 0;
    for (std::size_t i = 0; i < kDimension; ++i) {
      out[i] = static_cast<float>((centre.empty() ? 0 : centre[i]) + noise(random_));
      norm += static_cast<double>(out[i]) * out[i];
    }
    for (float& value : out) value = static_cast<float>(value / std::sqrt(norm));
    return out;
  }

  std::mt19937_64 random_;
  std::vector<double> weights_;
  std::discrete_distribution<std::size_t> words_;
  std::vector<std::vector<float>> topics_;
};

double milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

Latency measure(const std::function<void(int)>& query) {
  for (int i = 0; i < kWarmUp; ++i) query(i);
  std::vector<double> times;
  for (int i = 0; i < kQueries; ++i) times.push_back(milliseconds([&] { query(i); }));
  std::ranges::sort(times);
  return {times[kQueries / 2], times[kQueries * 99 / 100]};
}

// The plainest exact search: every row's product with the query, by a loop that the compiler
// vectorises, and a heap of the best. One thread.
std::vector<std::size_t> scan(std::span<const float> rows, std::span<const float> query) {
  using Scored = std::pair<float, std::size_t>;
  std::priority_queue<Scored, std::vector<Scored>, std::greater<>> best;
  for (std::size_t row = 0; row < rows.size() / kDimension; ++row) {
    const float* values = rows.data() + row * kDimension;
    constexpr std::size_t kLanes = 16;
    float sums[kLanes] = {};
    for (std::size_t i = 0; i < kDimension; i += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane)
        sums[lane] += values[i + lane] * query[i + lane];
    float score = 0;
    for (float sum : sums) score += sum;
    if (best.size() < kTop || score > best.top().first) best.emplace(score, row);
    if (best.size() > kTop) best.pop();
  }
  std::vector<std::size_t> out;
  for (; !best.empty(); best.pop()) out.push_back(best.top().second);
  std::ranges::reverse(out);
  return out;
}

void fill(BenchStore& store, const Corpus& corpus) {
  for (std::size_t begin = 0; begin < corpus.texts.size(); begin += kBatch) {
    std::vector<VectorRecord> records;
    for (std::size_t i = begin; i < std::min(begin + kBatch, corpus.texts.size()); ++i) {
      VectorRecord record{.id = sha256(std::to_string(i)).hex().substr(0, 32)};
      record.document = "d" + std::to_string(i / 20);
      record.revision = 1;
      record.chunk_id = std::to_string(i);
      record.text = corpus.texts[i];
      record.media_type = "text/plain";
      const auto first = corpus.vectors.begin() + static_cast<std::ptrdiff_t>(i * kDimension);
      record.vector.assign(first, first + kDimension);
      records.push_back(std::move(record));
    }
    store.upsert(std::move(records));
  }
}

void report(const char* name, Latency ours, const char* against, Latency rival) {
  print_figure(fmt::format("search_{}_p50", name), ours.p50, "ms", against, rival.p50, 1.0, true);
  print_figure(fmt::format("search_{}_p99", name), ours.p99, "ms", against, rival.p99, 1.0, true);
}

void run(std::size_t chunks) {
  Corpus corpus(chunks);
  std::vector<std::string> texts;
  std::vector<std::vector<float>> vectors;
  for (int i = 0; i < kQueries; ++i) {
    texts.push_back(corpus.text(kQueryWords));
    vectors.push_back(corpus.next_vector());
  }
  BenchStore store({.name = "generated", .revision = "1", .dimension = kDimension});
  fill(store, corpus);
  Fts5Rival fts5;
  fts5.add(corpus.texts);

  store.reopen();
  const double load =
      milliseconds([&] { store.search({.vector = vectors[0], .text = texts[0], .k = kTop}); });
  int differing = 0;
  const Latency dense = measure([&](int i) { store.search({.vector = vectors[i], .k = kTop}); });
  const Latency lexical = measure([&](int i) { store.search({.text = texts[i], .k = kTop}); });
  const Latency hybrid =
      measure([&](int i) { store.search({.vector = vectors[i], .text = texts[i], .k = kTop}); });
  const Latency scanned = measure([&](int i) { scan(corpus.vectors, vectors[i]); });
  const Latency searched = measure([&](int i) { fts5.search(texts[i], kTop); });
  for (int i = 0; i < kQueries; ++i) {
    const auto hits = store.search({.vector = vectors[i], .k = kTop}).dense;
    const auto truth = scan(corpus.vectors, vectors[i]);
    for (std::size_t rank = 0; rank < truth.size(); ++rank)
      differing += hits[rank].record.chunk_id != std::to_string(truth[rank]);
  }

  report("dense", dense, "fp32 scan, one thread", scanned);
  report("bm25", lexical, "SQLite FTS5", searched);
  report("hybrid", hybrid, "fp32 scan + FTS5",
         {scanned.p50 + searched.p50, scanned.p99 + searched.p99});
  print_figure("search_first_of_process", load, "ms", "1000 ms", 1000, 1.0, true);
  print_figure("search_dense_equal_to_scan", 1 - differing / (1.0 * kQueries * kTop), "share",
               "fp32 scan", 1, 0.999);
}

}  // namespace
}  // namespace docmill::bench

int main(int argc, char** argv) {
  docmill::bench::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000);
  return 0;
}
