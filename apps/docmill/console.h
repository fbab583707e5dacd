// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace docmill::app {

// Writes one line to standard output.
void print_line(std::string_view line);

// "docmill: message" to standard error, or {"error": {…}} to standard output with `json`. Returns
// the exit code that fits the error.
int print_error(const Error& error, bool json);

// One line on a terminal's standard error that is drawn over itself; silent elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool json);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(std::string_view text);

 private:
  bool visible_;
  bool drawn_ = false;
};

// "12.3 MB", "4.5 kB".
std::string people_bytes(std::uint64_t bytes);
// "[#####.....] 50%".
std::string bar(std::int64_t done, std::int64_t total);
// Text made safe for a terminal: control characters become spaces.
std::string terminal_text(std::string_view text);

}  // namespace docmill::app
