// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error_code.h"

namespace docmill {

// One field of a log line. Values are escaped; pass ids, sizes, codes, URLs without credentials —
// never document text, keys or message bodies.
struct LogField {
  LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, std::int64_t number);
  LogField(std::string_view field_name, int number)
      : LogField(field_name, static_cast<std::int64_t>(number)) {}
  LogField(std::string_view field_name, std::uint64_t number);

  std::string_view name;
  std::string value;
  bool is_number = false;
};

// Writes one JSON line {"time","level","event",fields…} to standard error in one write. `event` is
// a constant message. Thread-safe.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// An error's code, reason and message as fields of one line, at the level of its policy.
void log_error(std::string_view event, const Error& error,
               std::initializer_list<LogField> fields = {});

// Lines below `level` are dropped. Process-wide, set once by the program (default: info).
void set_log_level(LogLevel level);
// The level of that name (debug, info, warning, error); nothing for another word.
std::optional<LogLevel> log_level_of_name(std::string_view name);

}  // namespace docmill
