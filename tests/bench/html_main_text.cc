// SPDX-License-Identifier: Apache-2.0
// Main text of web pages: precision, recall and F1 over the segments of the html-main-text set, and
// pages a second on one core. `--json` prints one line a figure; `--misses` lists the segments that
// went wrong; `--show FILE` prints every block with its layer.
#include "html_main_text.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "document/extract.h"
#include "document/limits.h"

namespace docmill::bench {
namespace {

constexpr double kF1Goal = 0.93;
constexpr double kPagesPerSecondGoal = 1'000;  // of typical pages
constexpr double kTypicalPageBytes = 11'000;

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown";
}

void print_json(const char* name, double value, const char* unit, double goal) {
  fmt::print(
      "{{\"bench\":\"{}\",\"value\":{:.4f},\"unit\":\"{}\",\"against\":\"goal\","
      "\"against_value\":{},\"ratio\":{:.4f},\"goal\":{},\"met\":{}}}\n",
      name, value, unit, goal, value / goal, goal, value >= goal);
}

void print_score(const char* name, const std::vector<MainTextPage>& pages) {
  const MainTextScore score = score_main_text(pages);
  fmt::print("  {:<9} {:>3} pages  precision {:.4f}  recall {:.4f}  F1 {:.4f}\n", name,
             pages.size(), score.precision(), score.recall(), score.f1());
}

int show(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  document::ExtractInput input;
  input.bytes = bytes;
  const auto result = document::parse_html(input, {});
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().message);
    return 1;
  }
  fmt::print("title: {}\n", result->title);
  for (const auto& block : result->blocks) {
    const auto text =
        std::string_view(result->text).substr(block.text.begin, block.text.end - block.text.begin);
    fmt::print("{:<18}{} {}{} {}\n", block.reason, document::name_of(block.kind), block.level,
               block.marker, text.substr(0, 300));
  }
  return 0;
}

// Seconds for one pass over all pages, the best of several.
double time_pass(const std::vector<MainTextPage>& pages) {
  double best = 1e9;
  for (int pass = 0; pass < 5; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    for (const auto& page : pages) {
      document::ExtractInput input;
      input.bytes = page.bytes;
      (void)document::parse_html(input, {});
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
  }
  return best;
}

int run(bool json, bool misses, const char* argv0) {
  const auto pages = load_main_text_pages();
  if (pages.empty()) {
    fmt::print(stderr, "{}: no data set at {}\n", argv0, main_text_folder());
    return 0;
  }
  const MainTextScore score = score_main_text(pages);
  std::size_t bytes = 0;
  for (const auto& page : pages) bytes += page.bytes.size();
  const double seconds = time_pass(pages);
  const double pages_per_second = static_cast<double>(bytes) / seconds / kTypicalPageBytes;
  if (misses) {
    for (const bool held_out : {false, true}) {
      for (const auto& miss : score_main_text(half_of(pages, held_out)).misses) {
        fmt::print("{} {}\n", held_out ? "held out" : "tuning", miss);
      }
    }
  }
  if (json) {
    print_json("html_main_text_f1", score.f1(), "F1", kF1Goal);
    print_json("html_main_text_speed", pages_per_second, "pages/s of 11 KB", kPagesPerSecondGoal);
    return 0;
  }
  fmt::print("HTML main text: html-main-text, {} pages, {} MB; {}; commit {}\n", pages.size(),
             bytes / 1'000'000, cpu_model(), DOCMILL_COMMIT);
  print_score("all", pages);
  print_score("tuning", half_of(pages, false));
  print_score("held out", half_of(pages, true));
  fmt::print("  F1 goal {}\n", kF1Goal);
  fmt::print("  {:.1f} MB/s, {:.0f} pages/s of these, {:.0f} pages/s of 11 KB (goal {:.0f})\n",
             static_cast<double>(bytes) / seconds / 1e6,
             static_cast<double>(pages.size()) / seconds, pages_per_second, kPagesPerSecondGoal);
  return 0;
}

}  // namespace
}  // namespace docmill::bench

int main(int argc, char** argv) {
  bool json = false;
  bool misses = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--show" && i + 1 < argc) return docmill::bench::show(argv[i + 1]);
    json = json || argument == "--json";
    misses = misses || argument == "--misses";
  }
  return docmill::bench::run(json, misses, argv[0]);
}
