// SPDX-License-Identifier: Apache-2.0
// PDF extraction: pages per second beside PDFium alone, pdftotext and mutool, and the words that
// come out beside pdftotext's, all in one run on the same files. Programs are timed with their
// start-up, one process a document, as they are used.
//
//   docmill_bench_pdf [--json] [FOLDER…]
// Folders default to the shared documents and /usr/share/doc.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "document/extract.h"
#include "document/pdf.h"
#include "parser_alone.h"
#include "samples.h"
#include "word_score.h"

namespace {

namespace fs = std::filesystem;
using docmill::bench::collect;
using docmill::bench::mean;
using docmill::bench::median;
using docmill::bench::output_of;
using docmill::bench::pdfium_alone;
using docmill::bench::print_figure;
using docmill::bench::read_file;
using docmill::bench::Sample;
using docmill::bench::word_f1;

// The text that a person wrote down for a PDF; empty where there is none.
fs::path expected_of(const fs::path& pdf) {
  for (const char* ending : {".expected.md", ".expected.txt"}) {
    fs::path expected = pdf;
    expected.replace_extension(ending);
    if (fs::exists(expected)) return expected;
  }
  return {};
}

template <typename Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string parse(const Sample& sample) {
  docmill::document::ExtractInput input;
  input.bytes = sample.bytes;
  const auto document = docmill::document::parse_pdf(input, docmill::document::Limits());
  if (!document) return {};
  // What a reader gets, markers and running lines too, as pdftotext gives them.
  std::string out;
  for (const auto& block : document->blocks) {
    out += block.marker + " ";
    out += document->text.substr(block.text.begin, block.text.end - block.text.begin) + "\n";
  }
  return out;
}

void compare_words(const std::vector<Sample>& samples, bool json) {
  std::vector<double> ours, theirs;
  for (const Sample& sample : samples) {
    const fs::path expected = expected_of(sample.path);
    if (expected.empty()) continue;
    const std::string truth = read_file(expected);
    ours.push_back(word_f1(parse(sample), truth));
    theirs.push_back(
        word_f1(output_of("pdftotext '" + sample.path.string() + "' - 2>/dev/null"), truth));
  }
  if (ours.empty()) return;
  print_figure(json, "pdf_word_f1_mean", mean(ours), "F1", "pdftotext", mean(theirs), 1.0);
  print_figure(json, "pdf_word_f1_median", median(ours), "F1", "pdftotext", median(theirs), 1.0);
}

int run(bool json, const std::vector<fs::path>& folders) {
  std::string pattern = (fs::temp_directory_path() / "pdf_bench_XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return 1;
  const fs::path scratch = pattern;
  std::vector<Sample> samples;
  for (const fs::path& folder : folders) collect(folder, ".pdf", scratch, samples);
  docmill::document::prepare_pdf();
  long pages = 0;
  for (const Sample& sample : samples) pages += pdfium_alone(sample.bytes);  // warms caches
  if (pages == 0) {
    fmt::print(stderr, "pdf_bench: no PDFs found\n");
    fs::remove_all(scratch);
    return 1;
  }
  if (!json) fmt::print("{} PDFs, {} pages, one core\n", samples.size(), pages);
  const auto rate = [&](auto work) {
    std::vector<double> times;
    for (int round = 0; round < 3; ++round) {
      times.push_back(seconds([&] { std::ranges::for_each(samples, work); }));
    }
    return static_cast<double>(pages) / median(std::move(times));
  };
  const auto program = [&](std::string_view command) {
    return rate([&](const Sample& sample) {
      output_of(fmt::format(fmt::runtime(command), sample.path.string()));
    });
  };
  const double alone = rate([](const Sample& sample) { pdfium_alone(sample.bytes); });
  const double ours = rate([](const Sample& sample) { parse(sample); });
  print_figure(json, "pdf_pages_per_second", ours, "pages/s", "500 pages/s", 500, 1.0);
  print_figure(json, "pdf_pages_per_second", ours, "pages/s", "pdfium alone", alone, 0.7);
  print_figure(json, "pdf_pages_per_second", ours, "pages/s", "pdftotext",
               program("pdftotext '{}' - 2>/dev/null"), 1.0);
  print_figure(json, "pdf_pages_per_second", ours, "pages/s", "mutool txt",
               program("mutool draw -q -F text '{}' 2>/dev/null"), 1.0);
  compare_words(samples, json);
  fs::remove_all(scratch);
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
    folders.emplace_back("/usr/share/doc");
  }
  return run(json, folders);
}
