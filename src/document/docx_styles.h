// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace pugi {
class xml_node;
}

namespace docmill::document {

// What a paragraph style says about structure, inheritance resolved.
struct DocxStyle {
  std::string based_on;
  std::string name;        // built-in names are English in every language version
  int outline_level = -1;  // from 0; 9 is body text
  int number_id = -1;
  int list_level = -1;
};

class DocxStyles {
 public:
  void load(const pugi::xml_node& root);
  // The style with what it inherits through basedOn; a default style for an unknown id.
  DocxStyle resolve(std::string_view id) const;
  // Heading level 1–6 of a paragraph style, or 0.
  int heading_level(std::string_view id) const;
  const std::string& language() const { return language_; }

 private:
  std::map<std::string, DocxStyle, std::less<>> styles_;
  std::string language_;
};

// Numbering definitions and the counters that run through the document.
class DocxNumbering {
 public:
  void load(const pugi::xml_node& root);
  bool knows(int number_id) const { return numbers_.contains(number_id); }
  // The marker of the next paragraph with that numbering: "3.", "2.1", "b)", "•". Advances
  // counters.
  std::string next_marker(int number_id, int level);

 private:
  static constexpr int kLevels = 9;
  struct Level {
    int start = 1;
    std::string format = "decimal";
    std::string text;
    bool restarts = true;
    bool legal = false;  // all numbers of the marker in digits
  };
  struct Definition {
    std::array<Level, kLevels> levels;
  };
  struct Number {
    std::string definition;
    std::map<int, int> start_overrides;
    std::set<int> overridden;  // levels whose override has been used
  };
  static Level read_level(const pugi::xml_node& node);

  std::map<std::string, Definition, std::less<>> definitions_;
  std::map<int, Number> numbers_;
  std::map<std::string, std::array<int, kLevels>, std::less<>> counters_;  // -1: not begun
};

// A counter in a numbering format of the standard (17.18.59); unknown formats come out in digits.
std::string format_number(int value, std::string_view format);

}  // namespace docmill::document
