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
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "document/extract.h"
#include "document/pdf.h"
#include "document/pdfium_api.h"

namespace {

namespace fs = std::filesystem;

struct Sample {
  fs::path path;
  fs::path expected;  // empty where there is none
  std::string bytes;
};

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[65536];
  std::size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0) out.append(buffer, count);
  ::pclose(pipe);
  return out;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

// Packed PDFs are unpacked into `scratch`, so that every engine reads the same plain files.
void collect(const fs::path& folder, const fs::path& scratch, std::vector<Sample>& samples) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    fs::path path = it->path();
    if (!fs::is_regular_file(path, error) || it->is_symlink()) continue;
    if (path.string().ends_with(".pdf.gz")) {
      const fs::path plain = scratch / path.stem();
      std::ofstream(plain, std::ios::binary) << output_of("zcat '" + path.string() + "'");
      path = plain;
    }
    if (path.extension() != ".pdf") continue;
    Sample sample{.path = path, .expected = {}, .bytes = read_file(path)};
    for (const char* ending : {".expected.md", ".expected.txt"}) {
      fs::path expected = path;
      expected.replace_extension(ending);
      if (sample.expected.empty() && fs::exists(expected)) sample.expected = expected;
    }
    samples.push_back(std::move(sample));
  }
  std::ranges::sort(samples, {}, &Sample::path);
}

// Lower case words of letters and digits; other bytes of UTF-8 count as letters.
std::map<std::string, int> words_of(std::string_view text) {
  std::map<std::string, int> words;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const auto c = static_cast<unsigned char>(i < text.size() ? text[i] : ' ');
    // Han, kana and their full-width marks have no blanks between words: each sign counts for
    // itself.
    const bool wide = c == 0xEF && i + 1 < text.size() && (text[i + 1] & 0xFE) == 0xBC;
    if ((wide || (c >= 0xE3 && c <= 0xE9)) && i + 2 < text.size()) {
      ++words[std::string(text.substr(i, 3))];
      i += 2;
      continue;
    }
    if (std::isalnum(c) != 0 || c >= 0x80) {
      word.push_back(static_cast<char>(std::tolower(c)));
    } else if (!word.empty()) {
      ++words[word];
      word.clear();
    }
  }
  return words;
}

double f1(std::string_view ours, std::string_view truth) {
  const auto a = words_of(ours);
  const auto b = words_of(truth);
  double shared = 0, total_a = 0, total_b = 0;
  for (const auto& [word, count] : a) {
    total_a += count;
    const auto other = b.find(word);
    if (other != b.end()) shared += std::min(count, other->second);
  }
  for (const auto& [word, count] : b) total_b += count;
  if (total_a == 0 && total_b == 0) return 1;
  return 2 * shared / (total_a + total_b);
}

template <typename Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

long read_with_pdfium_alone(const Sample& sample) {
  const FPDF_DOCUMENT file =
      FPDF_LoadMemDocument64(sample.bytes.data(), sample.bytes.size(), nullptr);
  if (file == nullptr) return 0;
  const int pages = FPDF_GetPageCount(file);
  for (int i = 0; i < pages; ++i) {
    const FPDF_PAGE page = FPDF_LoadPage(file, i);
    if (page == nullptr) continue;
    const FPDF_TEXTPAGE text = FPDFText_LoadPage(page);
    const int count = text == nullptr ? 0 : FPDFText_CountChars(text);
    for (int k = 0; k < count; ++k) {
      FS_RECTF box{};
      FPDFText_GetUnicode(text, k);
      FPDFText_GetLooseCharBox(text, k, &box);
    }
    if (text != nullptr) FPDFText_ClosePage(text);
    FPDF_ClosePage(page);
  }
  FPDF_CloseDocument(file);
  return pages;
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

double mean(const std::vector<double>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// `goal` is the least ratio wanted against the rival.
void report(bool json, std::string_view bench, double value, std::string_view unit,
            std::string_view against, double rival, double goal) {
  const double ratio = rival > 0 ? value / rival : 0;
  if (json) {
    fmt::print(
        "{{\"bench\":\"{}\",\"value\":{:.4f},\"unit\":\"{}\",\"against\":\"{}\","
        "\"against_value\":{:.4f},\"ratio\":{:.3f},\"goal\":{},\"met\":{}}}\n",
        bench, value, unit, against, rival, ratio, goal, ratio >= goal);
  } else {
    fmt::print("{:<26} {:>10.3f} {:<8} {:<14} {:>10.3f}  x{:<7.3f} goal {:<5} {}\n", bench, value,
               unit, against, rival, ratio, goal, ratio >= goal ? "met" : "MISSED");
  }
}

void compare_words(const std::vector<Sample>& samples, bool json) {
  std::vector<double> ours, theirs;
  for (const Sample& sample : samples) {
    if (sample.expected.empty()) continue;
    const std::string truth = read_file(sample.expected);
    ours.push_back(f1(parse(sample), truth));
    theirs.push_back(
        f1(output_of("pdftotext '" + sample.path.string() + "' - 2>/dev/null"), truth));
  }
  if (ours.empty()) return;
  report(json, "pdf_word_f1_mean", mean(ours), "F1", "pdftotext", mean(theirs), 1.0);
  report(json, "pdf_word_f1_median", median(ours), "F1", "pdftotext", median(theirs), 1.0);
}

int run(bool json, const std::vector<fs::path>& folders) {
  std::string pattern = (fs::temp_directory_path() / "pdf_bench_XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return 1;
  const fs::path scratch = pattern;
  std::vector<Sample> samples;
  for (const fs::path& folder : folders) collect(folder, scratch, samples);
  docmill::document::prepare_pdf();
  long pages = 0;
  for (const Sample& sample : samples) pages += read_with_pdfium_alone(sample);  // warms caches
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
  const double alone = rate([](const Sample& sample) { read_with_pdfium_alone(sample); });
  const double ours = rate([](const Sample& sample) { parse(sample); });
  report(json, "pdf_pages_per_second", ours, "pages/s", "500 pages/s", 500, 1.0);
  report(json, "pdf_pages_per_second", ours, "pages/s", "pdfium alone", alone, 0.7);
  report(json, "pdf_pages_per_second", ours, "pages/s", "pdftotext",
         program("pdftotext '{}' - 2>/dev/null"), 1.0);
  report(json, "pdf_pages_per_second", ours, "pages/s", "mutool txt",
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
