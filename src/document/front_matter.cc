// SPDX-License-Identifier: Apache-2.0
#include "document/front_matter.h"

#include <yaml-cpp/yaml.h>

namespace docmill::document {
namespace {

// The end of the block and where its last line begins; 0 when no line closes it.
std::size_t find_end(std::string_view text, std::size_t& yaml_end) {
  std::size_t position = text.find('\n');
  while (position != std::string_view::npos) {
    std::size_t begin = position + 1;
    std::size_t next = text.find('\n', begin);
    std::string_view line =
        text.substr(begin, next == std::string_view::npos ? next : next - begin);
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line == "---" || line == "...") {
      yaml_end = begin;
      return next == std::string_view::npos ? text.size() : next + 1;
    }
    position = next;
  }
  return 0;
}

std::string value_of(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  std::string joined;
  if (!node.IsSequence()) return joined;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) continue;
    if (!joined.empty()) joined += ", ";
    joined += item.Scalar();
  }
  return joined;
}

}  // namespace

FrontMatter read_front_matter(std::string_view text, const Limits& limits) {
  FrontMatter front;
  if (!text.starts_with("---\n") && !text.starts_with("---\r\n")) return front;
  std::string_view head = text.substr(0, limits.metadata_bytes);
  std::size_t yaml_end = 0;
  std::size_t size = find_end(head, yaml_end);
  if (size == 0) return front;
  std::size_t yaml_begin = head.find('\n') + 1;
  try {
    YAML::Node root = YAML::Load(std::string(head.substr(yaml_begin, yaml_end - yaml_begin)));
    if (!root.IsMap()) return front;
    for (const auto& entry : root) {
      if (!entry.first.IsScalar()) continue;
      std::string value = value_of(entry.second);
      const std::string& name = entry.first.Scalar();
      if (value.empty() || value.size() > limits.metadata_field_bytes) continue;
      if (name == "title") front.title = value;
      if (name == "lang" || name == "language") front.language = value;
      front.fields[name] = std::move(value);
    }
  } catch (const YAML::Exception&) {
    return FrontMatter{};
  }
  front.size = size;
  return front;
}

}  // namespace docmill::document
