// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <pugixml.hpp>

#include "document/builder.h"
#include "document/docx_content.h"
#include "document/docx_package.h"
#include "document/extract.h"

namespace docmill::document {
namespace {

constexpr const char* kMediaType =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

std::string main_part(const Relationships& package) {
  for (const auto& [id, relationship] : package) {
    if (relationship.type == "officeDocument" && !relationship.external) {
      return relationship.target;
    }
  }
  return "word/document.xml";
}

std::string target_of(const Relationships& relationships, std::string_view type) {
  for (const auto& [id, relationship] : relationships) {
    if (relationship.type == type && !relationship.external) return relationship.target;
  }
  return {};
}

Status read_properties(DocxPackage& package, const Relationships& relationships, Builder& builder) {
  const std::string part = target_of(relationships, "core-properties");
  if (part.empty() || !package.has(part)) return {};
  DOCMILL_TRY(auto xml, package.read_xml(part));
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"creator", "author"},          {"created", "created"}, {"modified", "modified"},
      {"description", "description"}, {"subject", "subject"}, {"keywords", "keywords"}};
  const pugi::xml_node root = xml->document_element();
  for (const auto& [element, name] : kNames) {
    const std::string_view value = child_of(root, element).text().get();
    if (!value.empty()) builder.set_metadata(std::string(name), value);
  }
  builder.document().title = child_of(root, "title").text().get();
  builder.document().language = child_of(root, "language").text().get();
  return {};
}

// The part of `type`, loaded by `load`; nothing happens where the document has none.
template <typename Load>
Status load_part(DocxPackage& package, const Relationships& relationships, std::string_view type,
                 Load load) {
  const std::string part = target_of(relationships, type);
  if (part.empty() || !package.has(part)) return {};
  DOCMILL_TRY(auto xml, package.read_xml(part));
  load(xml->document_element());
  return {};
}

// Notes follow the body in the order of their marks; comments, headers and footers are furniture.
Status add_other_parts(DocxPackage& package, const Relationships& relationships,
                       DocxContent& content) {
  static constexpr struct {
    std::string_view type, reason;
  } kParts[] = {{"footnotes", ""},
                {"endnotes", ""},
                {"comments", "comment"},
                {"header", "page_header"},
                {"footer", "page_footer"}};
  for (const auto& [type, reason] : kParts) {
    for (const auto& [id, relationship] : relationships) {
      if (relationship.type != type || relationship.external) continue;
      if (!package.has(relationship.target)) continue;
      DOCMILL_TRY(Relationships own, package.relationships(relationship.target));
      DOCMILL_TRY(auto xml, package.read_xml(relationship.target));
      const pugi::xml_node root = xml->document_element();
      DOCMILL_TRY_VOID(reason.empty() ? content.add_notes(root, type, own)
                                      : content.add_furniture(root, reason, own));
    }
  }
  return {};
}

}  // namespace

Result<Document> parse_docx(const ExtractInput& input, const Limits& limits) {
  if (input.bytes.size() > limits.input_bytes) {
    return fail(ErrorCode::kTooLarge, "document is over the limit input_bytes",
                "limit_input_bytes");
  }
  DOCMILL_TRY(auto package, DocxPackage::open(input.bytes, limits));
  DOCMILL_TRY(const Relationships of_package, package->relationships(""));
  const std::string main = main_part(of_package);
  DOCMILL_TRY(const Relationships of_main, package->relationships(main));

  Builder builder(kMediaType, "docx/1", limits);
  DOCMILL_TRY_VOID(read_properties(*package, of_package, builder));
  DocxContent content(builder);
  DOCMILL_TRY_VOID(load_part(*package, of_main, "styles",
                             [&](const pugi::xml_node& root) { content.styles().load(root); }));
  DOCMILL_TRY_VOID(load_part(*package, of_main, "numbering",
                             [&](const pugi::xml_node& root) { content.numbering().load(root); }));
  if (builder.document().language.empty()) {
    builder.document().language = content.styles().language();
  }
  DOCMILL_TRY(auto xml, package->read_xml(main));
  DOCMILL_TRY_VOID(content.add_body(child_of(xml->document_element(), "body"), of_main));
  DOCMILL_TRY_VOID(add_other_parts(*package, of_main, content));
  DOCMILL_TRY(Document document, builder.finish());
  if (document.blocks.empty()) {
    return fail(ErrorCode::kCorruptData, "the document has no text", "no_text");
  }
  return document;
}

}  // namespace docmill::document
