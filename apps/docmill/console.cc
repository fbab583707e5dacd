// SPDX-License-Identifier: Apache-2.0
#include "console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/error_code.h"
#include "base/json_text.h"
#include "options.h"

namespace docmill::app {

void print_line(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

int print_error(const Error& error, bool json) {
  if (json) {
    print_line(fmt::format(R"({{"error": {{"code": "{}", "reason": {}, "message": {}}}}})",
                           policy_of(error.code).name, json_string(reason_of(error)),
                           json_string(error.message)));
  } else {
    fmt::print(stderr, "docmill: {}\n", error.message);
  }
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return kExitUsage;
    case ErrorCode::kNotFound:
      return kExitNotFound;
    case ErrorCode::kCancelled:
      return kExitInterrupted;
    default:
      return kExitFailed;
  }
}

ProgressLine::ProgressLine(bool json) : visible_(!json && isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressLine::show(std::string_view text) {
  if (!visible_) return;
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
  drawn_ = true;
}

std::string people_bytes(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 1000 && unit < 4) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string bar(std::int64_t done, std::int64_t total) {
  constexpr int kWidth = 24;
  if (total <= 0) total = 1;
  int filled = static_cast<int>(done * kWidth / total);
  return fmt::format("[{:#<{}}{:.<{}}] {}%", "", filled, "", kWidth - filled, done * 100 / total);
}

std::string terminal_text(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return out;
}

}  // namespace docmill::app
