// SPDX-License-Identifier: Apache-2.0
// DOCX extraction: the words that come out beside docx2txt's, on the shared documents that have a
// yardstick, and documents per second beside it (a program a document, as it is used).
//
//   docmill_bench_docx [--json] [FOLDER…]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "document/extract.h"
#include "document/render.h"
#include "samples.h"
#include "word_score.h"

namespace {

namespace fs = std::filesystem;
using namespace docmill::bench;

constexpr int kRounds = 20;

struct Yardsticked {
  fs::path path;
  std::string bytes;
  std::vector<std::string> yardsticks;
};

std::vector<Yardsticked> samples_of(const std::vector<fs::path>& folders) {
  std::vector<Yardsticked> samples;
  for (const fs::path& folder : folders) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() != ".docx") continue;
      Yardsticked sample{it->path(), read_file(it->path()), {}};
      for (const char* ending : {".expected.md", ".expected.txt"}) {
        fs::path expected = it->path();
        expected.replace_extension(ending);
        if (fs::exists(expected)) sample.yardsticks.push_back(read_file(expected));
      }
      if (!sample.yardsticks.empty()) samples.push_back(std::move(sample));
    }
  }
  std::ranges::sort(samples, {}, &Yardsticked::path);
  return samples;
}

std::string parse(const Yardsticked& sample) {
  const auto document =
      docmill::document::parse_docx({.bytes = sample.bytes}, docmill::document::Limits());
  return document ? docmill::document::to_markdown(*document) : std::string();
}

template <typename Work>
double per_second(const std::vector<Yardsticked>& samples, int rounds, Work work) {
  const auto start = std::chrono::steady_clock::now();
  for (int round = 0; round < rounds; ++round) std::ranges::for_each(samples, work);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return rounds * static_cast<double>(samples.size()) / took.count();
}

int run(bool json, const std::vector<fs::path>& folders) {
  const std::vector<Yardsticked> samples = samples_of(folders);
  if (samples.empty()) {
    std::fputs("docx_bench: no DOCX with a yardstick found\n", stderr);
    return 1;
  }
  const auto rival = [](const Yardsticked& sample) {
    return output_of("docx2txt '" + sample.path.string() + "' - 2>/dev/null");
  };
  std::vector<double> ours, theirs;
  for (const Yardsticked& sample : samples) {
    const std::string mine = parse(sample), other = rival(sample);
    // Some yardsticks of the set belong to other files: the one that fits either program counts.
    const std::string& truth = *std::ranges::max_element(sample.yardsticks, {}, [&](const auto& y) {
      return std::max(word_f1(mine, y), word_f1(other, y));
    });
    ours.push_back(word_f1(mine, truth));
    theirs.push_back(word_f1(other, truth));
  }
  print_figure(json, "docx_word_f1_mean", mean(ours), "F1", "docx2txt", mean(theirs), 1.0);
  print_figure(json, "docx_word_f1_least", std::ranges::min(ours), "F1", "docx2txt",
               std::ranges::min(theirs), 1.0);
  print_figure(json, "docx_documents_per_second",
               per_second(samples, kRounds, [](const Yardsticked& sample) { parse(sample); }),
               "documents/s", "docx2txt",
               per_second(samples, 1, [&](const Yardsticked& sample) { rival(sample); }), 1.0);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::vector<fs::path> folders;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") {
      json = true;
    } else {
      folders.emplace_back(argv[i]);
    }
  }
  if (folders.empty()) {
    const char* shared = std::getenv("DOCMILL_SHARED_DATA");
    folders.emplace_back(
        fs::path(shared != nullptr ? shared : DOCMILL_SOURCE_DIR "/../shared/data") / "documents");
  }
  return run(json, folders);
}
