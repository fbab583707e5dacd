// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace docmill::bench {

// A file that every rival of a bench reads.
struct Sample {
  std::filesystem::path path;
  std::string bytes;
};

std::string read_file(const std::filesystem::path& path);

// What a shell command writes to its standard output.
std::string output_of(const std::string& command);

// Adds the files below `folder` whose names end in `ending` (".pdf"), by path. Packed ones
// (".pdf.gz") are unpacked into `scratch`, so that every rival reads the same plain files.
void collect(const std::filesystem::path& folder, std::string_view ending,
             const std::filesystem::path& scratch, std::vector<Sample>& samples);

// CPU seconds, user and system, of this process and of children that it has waited for.
double cpu_seconds();

// One figure beside its rival, as ./dev bench reads it or as a line of a table. `goal` is the least
// ratio wanted; 0 for none.
void print_figure(bool json, std::string_view bench, double value, std::string_view unit,
                  std::string_view against, double rival, double goal);

}  // namespace docmill::bench
