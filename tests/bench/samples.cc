// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace docmill::bench {
namespace {

namespace fs = std::filesystem;

double seconds_of(const rusage& used) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

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

void collect(const fs::path& folder, std::string_view ending, const fs::path& scratch,
             std::vector<Sample>& samples) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    fs::path path = it->path();
    if (!fs::is_regular_file(path, error) || it->is_symlink()) continue;
    if (path.string().ends_with(std::string(ending) + ".gz")) {
      const fs::path plain = scratch / path.stem();
      std::ofstream(plain, std::ios::binary) << output_of("zcat '" + path.string() + "'");
      path = plain;
    }
    if (path.string().ends_with(ending)) samples.push_back({path, read_file(path)});
  }
  std::ranges::sort(samples, {}, &Sample::path);
}

double cpu_seconds() {
  rusage own{}, children{};
  ::getrusage(RUSAGE_SELF, &own);
  ::getrusage(RUSAGE_CHILDREN, &children);
  return seconds_of(own) + seconds_of(children);
}

void print_figure(bool json, std::string_view bench, double value, std::string_view unit,
                  std::string_view against, double rival, double goal) {
  const double ratio = rival > 0 ? value / rival : 0;
  const bool met = ratio >= goal;
  if (json) {
    fmt::print(
        "{{\"bench\":\"{}\",\"value\":{:.4f},\"unit\":\"{}\",\"against\":\"{}\","
        "\"against_value\":{:.4f},\"ratio\":{:.3f},\"goal\":{},\"met\":{}}}\n",
        bench, value, unit, against, rival, ratio, goal > 0 ? fmt::format("{}", goal) : "null",
        goal > 0 ? fmt::format("{}", met) : "null");
  } else {
    fmt::print("{:<30} {:>10.3f} {:<14} {:<28} {:>10.3f}  x{:<7.3f} {}\n", bench, value, unit,
               against, rival, ratio,
               goal > 0 ? fmt::format("goal {} {}", goal, met ? "met" : "MISSED") : "");
  }
  std::fflush(stdout);
}

}  // namespace docmill::bench
