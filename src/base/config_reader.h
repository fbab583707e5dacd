// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace docmill {

// Reads one YAML file plus environment overrides into the plain settings structs of the modules.
// Each field is named once, with its range; every problem is gathered, none stops the reading, and
// `finish` reports them all together with unknown keys and the nearest known one.
//
//   DOCMILL_TRY(ConfigReader reader, ConfigReader::load(path, environment));
//   reader.read("server.listen", settings.listen);
//   reader.read("embedding.batch_tokens_max", settings.batch_tokens_max, {.min = 256, .max =
//   65536}); DOCMILL_TRY_VOID(reader.finish());
//
// The variable DOCMILL_SERVER_LISTEN overrides `server.listen`. A secret is given as
// `{env: NAME}` or `{file: PATH}` only; a plain string in a secret's place is a problem.
class ConfigReader {
 public:
  struct Range {
    double min;
    double max;
  };
  // Looks an environment variable up; nullptr when unset. Default: the process's own.
  using Environment = std::function<const char*(const std::string&)>;

  // An empty path reads no file: defaults and environment only.
  static Result<ConfigReader> load(const std::string& path, Environment environment = {});
  static Result<ConfigReader> parse(std::string_view yaml, std::string name,
                                    Environment environment = {});
  ~ConfigReader();
  ConfigReader(ConfigReader&&) noexcept;
  ConfigReader& operator=(ConfigReader&&) noexcept;

  // Each leaves `value` as it is when the key is absent.
  void read(std::string_view key, std::string& value);
  void read(std::string_view key, bool& value);
  void read(std::string_view key, std::int64_t& value, Range range);
  void read(std::string_view key, int& value, Range range);
  void read(std::string_view key, double& value, Range range);
  // Durations are written with a unit: 250ms, 30s, 10m, 24h. The range is in milliseconds.
  void read(std::string_view key, std::chrono::milliseconds& value, Range range_ms);
  void read(std::string_view key, std::vector<std::string>& value);
  void read_secret(std::string_view key, std::string& value);
  // One word of a closed set; the problem names them all.
  void read_choice(std::string_view key, std::string& value, std::vector<std::string> choices);
  // The keys under a map, e.g. the names of configured chat models.
  std::vector<std::string> keys(std::string_view key);

  void add_problem(std::string_view key, std::string_view problem);

  // invalid_argument with one line for each problem; every known key must have been read before.
  Status finish();

 private:
  struct State;
  explicit ConfigReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The candidate nearest to `word` by edit distance, or "" when none is near (for "did you mean").
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace docmill
