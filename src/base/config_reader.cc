// SPDX-License-Identifier: Apache-2.0
#include "base/config_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

namespace docmill {
namespace {

constexpr std::size_t kConfigBytesMax = 1 << 20;

std::string variable_name(std::string_view key) {
  std::string name = "DOCMILL_";
  for (char c : key)
    name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return name;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

Result<Milliseconds> parse_duration(std::string_view text) {
  double number = 0;
  auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  double scale = unit == "ms" ? 1 : unit == "s" ? 1'000 : unit == "m" ? 60'000 : 0;
  if (unit == "h") scale = 3'600'000;
  if (unit == "d") scale = 86'400'000;
  if (error != std::errc() || scale == 0)
    return fail(ErrorCode::kInvalidArgument, "needs a number and a unit: 250ms, 30s, 10m, 24h, 7d");
  return Milliseconds(static_cast<std::int64_t>(number * scale));
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

struct ConfigReader::State {
  YAML::Node root;
  std::string name;
  Environment environment;
  std::set<std::string> known;  // keys that were read
  std::vector<std::string> problems;

  // The node at a dotted key, or an undefined node.
  YAML::Node find(std::string_view key) const {
    YAML::Node node = YAML::Clone(root);
    std::string part;
    std::istringstream parts{std::string(key)};
    while (std::getline(parts, part, '.')) {
      if (!node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
      const YAML::Node child = std::as_const(node)[part];
      if (!child.IsDefined()) return YAML::Node(YAML::NodeType::Undefined);
      node.reset(child);
    }
    return node;
  }

  // The scalar text of a key: the environment's value first, then the file's.
  std::optional<std::string> scalar(std::string_view key) {
    known.insert(std::string(key));
    if (const char* value = environment(variable_name(key))) return std::string(value);
    YAML::Node node = find(key);
    if (!node.IsDefined() || node.IsNull()) return std::nullopt;
    if (!node.IsScalar()) {
      add(key, "needs one value, not a list or map");
      return std::nullopt;
    }
    return node.Scalar();
  }

  void add(std::string_view key, std::string_view problem) {
    problems.push_back(fmt::format("{}: {}", key, problem));
  }

  void find_unknown(const YAML::Node& node, const std::string& prefix) {
    if (!node.IsMap() || known.contains(prefix)) return;
    for (const auto& entry : node) {
      std::string key = prefix.empty() ? entry.first.Scalar() : prefix + "." + entry.first.Scalar();
      bool is_known = known.contains(key);
      auto next = known.lower_bound(key + ".");
      bool leads_to_known = next != known.end() && next->starts_with(key + ".");
      if (leads_to_known && entry.second.IsMap()) {
        find_unknown(entry.second, key);
      } else if (!is_known) {
        std::string near = nearest_word(key, {known.begin(), known.end()});
        add(key, near.empty() ? "unknown key" : "unknown key; did you mean " + near + "?");
      }
    }
  }
};

ConfigReader::ConfigReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigReader::~ConfigReader() = default;
ConfigReader::ConfigReader(ConfigReader&&) noexcept = default;
ConfigReader& ConfigReader::operator=(ConfigReader&&) noexcept = default;

Result<ConfigReader> ConfigReader::load(const std::string& path, Environment environment) {
  if (path.empty()) return parse("", "defaults", std::move(environment));
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, "cannot open the config file " + path);
  std::string text(kConfigBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kConfigBytesMax)
    return fail(ErrorCode::kTooLarge, "the config file " + path + " is over 1 MiB");
  return parse(text, path, std::move(environment));
}

Result<ConfigReader> ConfigReader::parse(std::string_view yaml, std::string name,
                                         Environment environment) {
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  state->environment = environment ? std::move(environment) : [](const std::string& variable) {
    return static_cast<const char*>(std::getenv(variable.c_str()));
  };
  try {
    state->root = YAML::Load(std::string(yaml));
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}:{}: not valid YAML: {}", state->name,
                                                         error.mark.line + 1, error.msg));
  }
  if (state->root.IsDefined() && !state->root.IsNull() && !state->root.IsMap())
    return fail(ErrorCode::kInvalidArgument, state->name + ": the file must be a map of settings");
  return ConfigReader(std::move(state));
}

void ConfigReader::read(std::string_view key, std::string& value) {
  if (auto text = state_->scalar(key)) value = *text;
}

void ConfigReader::read(std::string_view key, bool& value) {
  auto text = state_->scalar(key);
  if (!text) return;
  if (*text == "true" || *text == "yes" || *text == "on") {
    value = true;
  } else if (*text == "false" || *text == "no" || *text == "off") {
    value = false;
  } else {
    state_->add(key, "needs true or false");
  }
}

void ConfigReader::read(std::string_view key, double& value, Range range) {
  auto text = state_->scalar(key);
  if (!text) return;
  double number = 0;
  auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || rest != text->data() + text->size()) {
    state_->add(key, "needs a number");
  } else if (number < range.min || number > range.max) {
    state_->add(key, fmt::format("{} is outside {} to {}", number, range.min, range.max));
  } else {
    value = number;
  }
}

void ConfigReader::read(std::string_view key, std::int64_t& value, Range range) {
  double number = std::numeric_limits<double>::quiet_NaN();
  read(key, number, range);
  if (number != number) return;
  if (number != static_cast<double>(static_cast<std::int64_t>(number))) {
    state_->add(key, "needs a whole number");
  } else {
    value = static_cast<std::int64_t>(number);
  }
}

void ConfigReader::read(std::string_view key, int& value, Range range) {
  std::int64_t number = value;
  read(key, number, range);
  value = static_cast<int>(number);
}

void ConfigReader::read(std::string_view key, Milliseconds& value, Range range_ms) {
  auto text = state_->scalar(key);
  if (!text) return;
  auto duration = parse_duration(*text);
  if (!duration) {
    state_->add(key, duration.error().message);
  } else if (auto ms = static_cast<double>(duration->count());
             ms < range_ms.min || ms > range_ms.max) {
    state_->add(key, fmt::format("{} is outside {}ms to {}ms", *text, range_ms.min, range_ms.max));
  } else {
    value = *duration;
  }
}

void ConfigReader::read(std::string_view key, std::vector<std::string>& value) {
  state_->known.insert(std::string(key));
  std::vector<std::string> items;
  if (const char* text = state_->environment(variable_name(key))) {
    std::istringstream words{std::string(text)};
    for (std::string word; std::getline(words, word, ',');)
      if (!word.empty()) items.push_back(word);
    value = std::move(items);
    return;
  }
  YAML::Node node = state_->find(key);
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsSequence()) return state_->add(key, "needs a list");
  for (const auto& item : node) {
    if (!item.IsScalar()) return state_->add(key, "needs a list of plain values");
    items.push_back(item.Scalar());
  }
  value = std::move(items);
}

void ConfigReader::read_secret(std::string_view key, std::string& value) {
  state_->known.insert(std::string(key));
  YAML::Node node = state_->find(key);
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap() || node.size() != 1)
    return state_->add(key, "a secret is given as {env: NAME} or {file: PATH}, never in the file");
  std::string how = node.begin()->first.Scalar();
  std::string where = node.begin()->second.Scalar();
  if (how == "env") {
    const char* secret = state_->environment(where);
    if (secret == nullptr || *secret == '\0')
      return state_->add(key, "the environment variable " + where + " is not set");
    value = secret;
  } else if (how == "file") {
    std::ifstream file(where);
    if (!file || !std::getline(file, value) || value.empty())
      return state_->add(key, "cannot read a secret from the file " + where);
  } else {
    state_->add(key, "a secret is given as {env: NAME} or {file: PATH}");
  }
}

void ConfigReader::read_choice(std::string_view key, std::string& value,
                               std::vector<std::string> choices) {
  auto text = state_->scalar(key);
  if (!text) return;
  if (std::ranges::find(choices, *text) == choices.end()) {
    state_->add(key, fmt::format("\"{}\" is not one of {}", *text, fmt::join(choices, ", ")));
  } else {
    value = *text;
  }
}

std::vector<std::string> ConfigReader::keys(std::string_view key) {
  std::vector<std::string> names;
  YAML::Node node = state_->find(key);
  if (!node.IsDefined() || node.IsNull()) return names;
  if (!node.IsMap()) {
    state_->known.insert(std::string(key));
    state_->add(key, "needs a map of names");
    return names;
  }
  for (const auto& entry : node) names.push_back(entry.first.Scalar());
  return names;
}

void ConfigReader::add_problem(std::string_view key, std::string_view problem) {
  state_->add(key, problem);
}

Status ConfigReader::finish() {
  state_->find_unknown(state_->root, "");
  if (state_->problems.empty()) return {};
  return fail(
      ErrorCode::kInvalidArgument,
      fmt::format("{} has {} problem{}:\n  {}", state_->name, state_->problems.size(),
                  state_->problems.size() == 1 ? "" : "s", fmt::join(state_->problems, "\n  ")),
      "bad_config");
}

}  // namespace docmill
