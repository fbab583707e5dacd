// SPDX-License-Identifier: Apache-2.0
// Extraction: pages a CPU second of every format, each beside its parsing library alone; PDF also
// through the pool of confined processes, as the pipeline does it, beside pdftotext.
//
//   docmill_bench_extract [--json] [FOLDER…]
//
// CPU seconds, the confined process's too, are what one core allows and are hardly moved by other
// load. A page of HTML is a file, of PDF a page, of DOCX and Markdown 3,000 characters of text.
// Folders default to the shared documents, /usr/share/doc and what the demo unpacked.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "async/runtime.h"
#include "confine/extractor.h"
#include "confine/pool.h"
#include "document/extract.h"
#include "document/pdf.h"
#include "parser_alone.h"
#include "samples.h"

namespace docmill::bench {
namespace {

namespace fs = std::filesystem;
using document::Document;
using Samples = std::vector<Sample>;

constexpr double kPageCharacters = 3000;
constexpr double kRoundSecondsMin = 0.5;  // short rounds are repeated until they can be measured
constexpr int kRounds = 3;
constexpr std::size_t kFilesMax = 400;  // of a format, evenly chosen
constexpr double kConfinedGoal = 500;   // pages a second of one core

struct Format {
  std::string_view name;
  std::string_view ending;
  std::string_view library;
  std::function<bool(std::string_view)> alone;
  double (*pages)(const Document&);
};

double one_page(const Document&) { return 1; }
double pages_of_text(const Document& model) {
  return static_cast<double>(model.text.size()) / kPageCharacters;
}
double pages_of_pdf(const Document& model) { return static_cast<double>(model.pages.size()); }

// CPU seconds of `work`, the least of a few rounds.
double cost_of(const std::function<void()>& work) {
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = cpu_seconds();
    int times = 0;
    double used = 0;
    do {
      work();
      ++times;
      used = cpu_seconds() - start;
    } while (used < kRoundSecondsMin);
    best = round == 0 ? used / times : std::min(best, used / times);
  }
  return best;
}

// Only its ending may say how a file is read.
std::string name_of(const Format& format) { return "sample" + std::string(format.ending); }

Result<Document> parse(const Format& format, const Sample& sample) {
  document::ExtractInput input;
  input.bytes = sample.bytes;
  input.name = name_of(format);
  return document::extract(input, document::Limits());
}

// Keeps what the format's parser and its library both take; their pages in all.
double keep_readable(const Format& format, Samples& samples) {
  const std::size_t step = (samples.size() + kFilesMax - 1) / kFilesMax;
  Samples kept;
  double pages = 0;
  for (std::size_t i = 0; i < samples.size(); i += std::max<std::size_t>(step, 1)) {
    const auto model = parse(format, samples[i]);
    if (!model || !format.alone(samples[i].bytes)) continue;
    pages += format.pages(*model);
    kept.push_back(std::move(samples[i]));
  }
  samples = std::move(kept);
  return pages;
}

// CPU seconds of the samples through the pool, one after the other, without its start; the worker's
// own time is known once it has ended, so rounds differ by whole passes.
double confined_cost(const Format& format, const Samples& samples) {
  const auto passes_cost = [&](int passes) -> double {
    const double start = cpu_seconds();
    {
      Runtime runtime({});
      std::vector<MetricSpec> table = confine::pool_metrics();
      for (const MetricSpec& spec : confine::extractor_metrics()) table.push_back(spec);
      Metrics metrics(table);
      confine::PoolSettings settings{.program = DOCMILL_BIN_DIR "/docmill-extract", .workers = 1};
      settings.allow_unconfined = true;
      auto pool = confine::Pool::create(settings, runtime.executor(), runtime.blocking(), metrics);
      if (!pool) {
        fmt::print(stderr, "extract: {}\n", pool.error().message);
        std::exit(1);
      }
      confine::Extractor extractor(**pool, metrics);
      for (int pass = 0; pass < passes; ++pass) {
        for (const Sample& sample : samples) {
          document::ExtractRequest request;
          request.name = name_of(format);
          const auto model = runtime.run(
              extractor.extract(Context::background(), std::move(request), sample.bytes));
          if (!model) {
            fmt::print(stderr, "extract: {} confined: {}\n", sample.path.string(),
                       model.error().message);
            std::exit(1);
          }
        }
      }
      (*pool)->stop();
    }
    return cpu_seconds() - start;
  };
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double cost = (passes_cost(3) - passes_cost(1)) / 2;
    best = round == 0 ? cost : std::min(best, cost);
  }
  return best;
}

void compare(bool json, const Format& format, Samples samples) {
  const double pages = keep_readable(format, samples);
  if (samples.empty()) {
    fmt::print(stderr, "extract: no {} files\n", format.name);
    return;
  }
  if (!json) fmt::print("{}: {} files, {:.0f} pages\n", format.name, samples.size(), pages);
  const auto over_all = [&](auto work) {
    return [&samples, work] { std::ranges::for_each(samples, work); };
  };
  const double alone =
      pages / cost_of(over_all([&](const Sample& sample) { format.alone(sample.bytes); }));
  const double ours =
      pages / cost_of(over_all([&](const Sample& s) { static_cast<void>(parse(format, s)); }));
  const double confined = pages / confined_cost(format, samples);
  const std::string unit = "pages/CPU s";
  const std::string bench = fmt::format("extract_{}", format.name);
  print_figure(json, bench, ours, unit, fmt::format("{} alone", format.library), alone, 0);
  print_figure(json, bench + "_confined", confined, unit, "in process", ours, 0);
  if (format.name != "pdf") return;
  print_figure(json, bench + "_confined", confined, unit, "500 pages/CPU s", kConfinedGoal, 1.0);
  const double pdftotext = pages / cost_of(over_all([](const Sample& sample) {
                             output_of("pdftotext '" + sample.path.string() + "' - 2>/dev/null");
                           }));
  print_figure(json, bench + "_confined", confined, unit, "pdftotext", pdftotext, 1.0);
}

int run(bool json, const std::vector<fs::path>& folders) {
  std::string scratch = (fs::temp_directory_path() / "extract_bench_XXXXXX").string();
  if (::mkdtemp(scratch.data()) == nullptr) return 1;
  document::prepare_parsers();
  const Format formats[] = {
      {"html", ".html", "lexbor", lexbor_alone, one_page},
      {"markdown", ".md", "md4c", md4c_alone, pages_of_text},
      {"docx", ".docx", "libzip and pugixml", zip_and_pugixml_alone, pages_of_text},
      {"pdf", ".pdf", "pdfium", [](std::string_view bytes) { return pdfium_alone(bytes) > 0; },
       pages_of_pdf},
  };
  for (const Format& format : formats) {
    Samples samples;
    for (const fs::path& folder : folders) collect(folder, format.ending, scratch, samples);
    compare(json, format, std::move(samples));
  }
  fs::remove_all(scratch);
  return 0;
}

}  // namespace
}  // namespace docmill::bench

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
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
    folders = {
        fs::path(shared != nullptr ? shared : DOCMILL_SOURCE_DIR "/../shared/data") / "documents",
        "/usr/share/doc", DOCMILL_SOURCE_DIR "/.deps/demo/folder",
        DOCMILL_SOURCE_DIR "/.deps/demo/root/usr/share/doc"};
  }
  return docmill::bench::run(json, folders);
}
