// SPDX-License-Identifier: Apache-2.0
#include "document/docx_styles.h"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>
#include <utility>

#include "document/docx_package.h"

namespace docmill::document {
namespace {

constexpr int kInheritanceMax = 32;  // basedOn may go in circles
constexpr int kRepeatedLettersMax = 20;

int to_int(std::string_view text, int otherwise) {
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view value_of(const pugi::xml_node& node, std::string_view child) {
  return attribute_of(child_of(node, child), "val");
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// 1 from "heading 1" or "Heading1"; 0 from anything else.
int level_of_name(std::string_view name) {
  const std::string text = lower(name);
  constexpr std::string_view kPrefix = "heading";
  if (!text.starts_with(kPrefix)) return 0;
  std::string_view rest = std::string_view(text).substr(kPrefix.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest.size() == 1 && rest[0] >= '1' && rest[0] <= '9' ? std::min(rest[0] - '0', 6) : 0;
}

std::string roman(int value) {
  static constexpr std::pair<int, std::string_view> kDigits[] = {
      {1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"},
      {40, "xl"},  {10, "x"},   {9, "ix"},  {5, "v"},    {4, "iv"},  {1, "i"}};
  std::string out;
  for (const auto& [worth, digits] : kDigits) {
    for (; value >= worth; value -= worth) out += digits;
  }
  return out;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

std::string format_number(int value, std::string_view format) {
  if (format == "none") return {};
  if ((format == "lowerLetter" || format == "upperLetter") && value > 0 &&
      value <= 26 * kRepeatedLettersMax) {
    // After z comes aa, then bb.
    std::string letters(static_cast<std::size_t>((value - 1) / 26 + 1),
                        static_cast<char>('a' + (value - 1) % 26));
    return format == "upperLetter" ? upper(letters) : letters;
  }
  if ((format == "lowerRoman" || format == "upperRoman") && value > 0 && value < 4000) {
    return format == "upperRoman" ? upper(roman(value)) : roman(value);
  }
  if (format == "decimalZero" && value >= 0 && value < 10) return "0" + std::to_string(value);
  return std::to_string(value);
}

void DocxStyles::load(const pugi::xml_node& root) {
  for (const pugi::xml_node& node : root.children()) {
    if (local_name(node) == "docDefaults") {
      const pugi::xml_node run = child_of(child_of(node, "rPrDefault"), "rPr");
      language_ = value_of(run, "lang");
    }
    if (local_name(node) != "style") continue;
    const pugi::xml_node paragraph = child_of(node, "pPr");
    const pugi::xml_node number = child_of(paragraph, "numPr");
    DocxStyle style;
    style.based_on = value_of(node, "basedOn");
    style.name = lower(value_of(node, "name"));
    style.outline_level = to_int(value_of(paragraph, "outlineLvl"), -1);
    style.number_id = to_int(value_of(number, "numId"), -1);
    style.list_level = to_int(value_of(number, "ilvl"), -1);
    styles_.emplace(attribute_of(node, "styleId"), std::move(style));
  }
}

DocxStyle DocxStyles::resolve(std::string_view id) const {
  auto found = styles_.find(id);
  if (found == styles_.end()) return {};
  DocxStyle style = found->second;
  for (int step = 0; step < kInheritanceMax; ++step) {
    found = styles_.find(found->second.based_on);
    if (found == styles_.end()) break;
    const DocxStyle& base = found->second;
    if (style.outline_level < 0) style.outline_level = base.outline_level;
    if (style.number_id < 0) style.number_id = base.number_id;
    if (style.list_level < 0) style.list_level = base.list_level;
  }
  return style;
}

int DocxStyles::heading_level(std::string_view id) const {
  if (id.empty()) return 0;
  const DocxStyle style = resolve(id);
  if (style.name == "title") return 1;
  if (style.outline_level >= 0) {
    return style.outline_level <= 8 ? std::min(style.outline_level + 1, 6) : 0;
  }
  // A style that names itself so or is based on one that does.
  auto found = styles_.find(id);
  for (int step = 0; found != styles_.end() && step < kInheritanceMax; ++step) {
    if (const int level = level_of_name(found->second.name)) return level;
    if (const int level = level_of_name(found->first)) return level;
    found = styles_.find(found->second.based_on);
  }
  return found == styles_.end() ? level_of_name(id) : 0;
}

DocxNumbering::Level DocxNumbering::read_level(const pugi::xml_node& node) {
  Level level;
  level.start = to_int(value_of(node, "start"), 1);
  if (std::string_view format = value_of(node, "numFmt"); !format.empty()) level.format = format;
  level.text = value_of(node, "lvlText");
  level.restarts = value_of(node, "lvlRestart") != "0";
  level.legal = !child_of(node, "isLgl").empty();
  return level;
}

void DocxNumbering::load(const pugi::xml_node& root) {
  for (const pugi::xml_node& node : root.children()) {
    if (local_name(node) == "abstractNum") {
      Definition definition;
      for (const pugi::xml_node& child : node.children()) {
        const int index = to_int(attribute_of(child, "ilvl"), -1);
        if (local_name(child) == "lvl" && index >= 0 && index < kLevels) {
          definition.levels[static_cast<std::size_t>(index)] = read_level(child);
        }
      }
      definitions_.emplace(attribute_of(node, "abstractNumId"), std::move(definition));
    } else if (local_name(node) == "num") {
      Number number;
      number.definition = value_of(node, "abstractNumId");
      for (const pugi::xml_node& child : node.children()) {
        if (child_of(child, "startOverride").empty()) continue;
        number.start_overrides[to_int(attribute_of(child, "ilvl"), 0)] =
            to_int(value_of(child, "startOverride"), 1);
      }
      numbers_.emplace(to_int(attribute_of(node, "numId"), -1), std::move(number));
    }
  }
}

std::string DocxNumbering::next_marker(int number_id, int level_number) {
  auto found = numbers_.find(number_id);
  if (found == numbers_.end()) return {};
  Number& number = found->second;
  auto definition = definitions_.find(number.definition);
  if (definition == definitions_.end()) return "•";
  const auto& levels = definition->second.levels;
  const auto level = static_cast<std::size_t>(std::clamp(level_number, 0, kLevels - 1));
  auto [entry, fresh] = counters_.try_emplace(number.definition);
  if (fresh) entry->second.fill(-1);
  auto& counters = entry->second;

  const auto start = number.start_overrides.find(static_cast<int>(level));
  if (start != number.start_overrides.end() &&
      number.overridden.insert(static_cast<int>(level)).second) {
    counters[level] = start->second;
  } else {
    counters[level] = counters[level] < 0 ? levels[level].start : counters[level] + 1;
  }
  for (std::size_t deeper = level + 1; deeper < levels.size(); ++deeper) {
    if (levels[deeper].restarts) counters[deeper] = -1;
  }
  if (levels[level].format == "bullet") return "•";
  std::string marker;
  const std::string& text = levels[level].text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 >= text.size() || text[i + 1] < '1' || text[i + 1] > '9') {
      marker += text[i];
      continue;
    }
    const auto named = static_cast<std::size_t>(text[++i] - '1');
    const int value = counters[named] < 0 ? levels[named].start : counters[named];
    marker += format_number(value, levels[level].legal ? "decimal" : levels[named].format);
  }
  return marker;
}

}  // namespace docmill::document
