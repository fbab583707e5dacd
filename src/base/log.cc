// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

#include "base/clock.h"
#include "base/json_text.h"

namespace docmill {
namespace {

std::atomic<LogLevel> minimum_level = LogLevel::kInfo;
constexpr std::string_view kLevelNames[] = {"debug", "info", "warning", "error"};

void append_field(std::string& line, const LogField& field) {
  line += ",\"";
  line += field.name;
  line += "\":";
  if (field.is_number) {
    line += field.value;
  } else {
    append_json_string(line, field.value);
  }
}

std::string start_line(LogLevel level, std::string_view event) {
  std::int64_t now_ms = to_unix_ms(system_clock().now());
  std::string line = fmt::format("{{\"time\":\"{:%Y-%m-%dT%H:%M:%S}.{:03}Z\",\"level\":\"{}\",",
                                 fmt::gmtime(static_cast<std::time_t>(now_ms / 1000)),
                                 now_ms % 1000, kLevelNames[static_cast<int>(level)]);
  line += "\"event\":";
  append_json_string(line, event);
  return line;
}

void finish_line(std::string line) {
  line += "}\n";
  // A lost log line is no reason to stop; a partial one is the reader's to skip.
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

LogField::LogField(std::string_view field_name, std::int64_t number)
    : name(field_name), value(std::to_string(number)), is_number(true) {}
LogField::LogField(std::string_view field_name, std::uint64_t number)
    : name(field_name), value(std::to_string(number)), is_number(true) {}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < minimum_level.load(std::memory_order_relaxed)) return;
  std::string line = start_line(level, event);
  for (const LogField& field : fields) append_field(line, field);
  finish_line(std::move(line));
}

void log_error(std::string_view event, const Error& error, std::initializer_list<LogField> fields) {
  const ErrorPolicy& policy = policy_of(error.code);
  if (policy.log_level < minimum_level.load(std::memory_order_relaxed)) return;
  std::string line = start_line(policy.log_level, event);
  append_field(line, {"code", policy.name});
  append_field(line, {"reason", reason_of(error)});
  append_field(line, {"message", error.message});
  for (const LogField& field : fields) append_field(line, field);
  finish_line(std::move(line));
}

void set_log_level(LogLevel level) { minimum_level = level; }

std::optional<LogLevel> log_level_of_name(std::string_view name) {
  for (int i = 0; i < 4; ++i)
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  return std::nullopt;
}

}  // namespace docmill
