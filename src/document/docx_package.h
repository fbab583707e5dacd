// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "document/limits.h"

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

namespace docmill::document {

// `name` without its namespace prefix: files choose their own prefixes, and no two elements that
// are read here share a local name with different meanings.
std::string_view local_name(const pugi::xml_node& node);
// The child with that local name, or none.
pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name);
// The attribute with that local name, or "".
std::string_view attribute_of(const pugi::xml_node& node, std::string_view name);

struct Relationship {
  std::string type;    // last segment of the type's URI: "hyperlink", "footnotes" …
  std::string target;  // part name, or URL when external
  bool external = false;
};
using Relationships = std::map<std::string, Relationship, std::less<>>;

// An Office Open XML container in memory. Only parts that are asked for are inflated; bytes are
// counted as they come out, so sizes that the archive declares are never trusted. `bytes` outlive
// it.
class DocxPackage {
 public:
  // corrupt_data "malformed"; too_large "limit_archive_entries".
  static Result<std::unique_ptr<DocxPackage>> open(std::string_view bytes, const Limits& limits);
  ~DocxPackage();

  bool has(const std::string& part) const;
  // The part's inflated bytes. too_large with limit_embedded_bytes, limit_inflated_bytes or
  // limit_inflate_ratio; corrupt_data "malformed" when it is missing or damaged.
  Result<std::string> read(const std::string& part);
  // The part as XML, not deeper than limits.xml_depth. A document type declaration is refused: the
  // format forbids it, and entities are how small XML becomes large.
  Result<std::unique_ptr<pugi::xml_document>> read_xml(const std::string& part);
  // What `part` refers to, by id; empty when it has no relationships. "" means the package itself.
  Result<Relationships> relationships(const std::string& part);

 private:
  struct State;
  explicit DocxPackage(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace docmill::document
