// SPDX-License-Identifier: Apache-2.0
#include "document/docx_package.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <pugixml.hpp>
#include <vector>

namespace docmill::document {
namespace {

constexpr std::uint64_t kRatioFreeBytes = 1 << 20;  // small parts may well be very regular
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::size_t kNameSegmentsMax = 64;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kCorruptData, fmt::format("not a sound DOCX file: {}", what), "malformed");
}

std::unexpected<Error> over(std::string_view limit) {
  return fail(ErrorCode::kTooLarge, fmt::format("document is over the limit {}", limit),
              fmt::format("limit_{}", limit));
}

// Walks without recursion; entities are not expanded, so the tree is as deep as the text.
bool deeper_than(const pugi::xml_node& root, std::uint64_t depth_max) {
  std::uint64_t depth = 0;
  pugi::xml_node node = root;
  for (;;) {
    if (node.first_child()) {
      node = node.first_child();
      if (++depth > depth_max) return true;
      continue;
    }
    while (node != root && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    if (node == root) return false;
    node = node.next_sibling();
  }
}

// `target` as seen from `part`: "word/document.xml" + "../docProps/x.xml".
std::string resolve(std::string_view part, std::string_view target) {
  std::vector<std::string_view> segments;
  const auto add = [&segments](std::string_view path) {
    while (!path.empty()) {
      const std::size_t slash = std::min(path.find('/'), path.size());
      const std::string_view segment = path.substr(0, slash);
      path.remove_prefix(std::min(slash + 1, path.size()));
      if (segment == "..") {
        if (!segments.empty()) segments.pop_back();
      } else if (!segment.empty() && segment != "." && segments.size() < kNameSegmentsMax) {
        segments.push_back(segment);
      }
    }
  };
  if (!target.starts_with('/')) {
    const std::size_t slash = part.rfind('/');
    if (slash != std::string_view::npos) add(part.substr(0, slash));
  }
  add(target);
  return fmt::format("{}", fmt::join(segments, "/"));
}

}  // namespace

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name) {
  for (pugi::xml_node child : node.children()) {
    if (local_name(child) == name) return child;
  }
  return {};
}

std::string_view attribute_of(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    const std::string_view full = attribute.name();
    const std::size_t colon = full.find(':');
    if ((colon == std::string_view::npos ? full : full.substr(colon + 1)) == name) {
      return attribute.value();
    }
  }
  return {};
}

struct DocxPackage::State {
  zip_t* archive = nullptr;
  Limits limits;
  std::uint64_t inflated = 0;
  ~State() {
    if (archive) zip_discard(archive);
  }
};

DocxPackage::DocxPackage(std::unique_ptr<State> state) : state_(std::move(state)) {}
DocxPackage::~DocxPackage() = default;

Result<std::unique_ptr<DocxPackage>> DocxPackage::open(std::string_view bytes,
                                                       const Limits& limits) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  zip_error_fini(&error);
  if (!archive) {
    if (source) zip_source_free(source);
    return malformed("the archive cannot be opened");
  }
  auto state = std::make_unique<State>();
  state->archive = archive;
  state->limits = limits;
  if (static_cast<std::uint64_t>(zip_get_num_entries(archive, 0)) > limits.archive_entries) {
    return over("archive_entries");
  }
  return std::unique_ptr<DocxPackage>(new DocxPackage(std::move(state)));
}

bool DocxPackage::has(const std::string& part) const {
  return zip_name_locate(state_->archive, part.c_str(), ZIP_FL_NOCASE) >= 0;
}

Result<std::string> DocxPackage::read(const std::string& part) {
  const zip_int64_t index = zip_name_locate(state_->archive, part.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return malformed("a part is missing");
  zip_stat_t entry;
  zip_stat_init(&entry);
  if (zip_stat_index(state_->archive, static_cast<zip_uint64_t>(index), 0, &entry) != 0) {
    return malformed("an entry cannot be read");
  }
  if ((entry.valid & ZIP_STAT_ENCRYPTION_METHOD) && entry.encryption_method != ZIP_EM_NONE) {
    return fail(ErrorCode::kPermissionDenied, "the document is encrypted", "password_required");
  }
  const std::uint64_t compressed =
      (entry.valid & ZIP_STAT_COMP_SIZE) ? std::max<std::uint64_t>(entry.comp_size, 1) : 1;
  std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
      zip_fopen_index(state_->archive, static_cast<zip_uint64_t>(index), 0), zip_fclose);
  if (!file) return malformed("an entry cannot be read");
  const Limits& limits = state_->limits;
  std::string out;
  for (;;) {
    const std::size_t before = out.size();
    out.resize(before + kPieceBytes);
    const zip_int64_t got = zip_fread(file.get(), out.data() + before, kPieceBytes);
    if (got < 0) return malformed("an entry is damaged");
    out.resize(before + static_cast<std::size_t>(got));
    if (got == 0) return out;
    state_->inflated += static_cast<std::uint64_t>(got);
    if (state_->inflated > limits.inflated_bytes) return over("inflated_bytes");
    if (out.size() > limits.embedded_bytes) return over("embedded_bytes");
    if (out.size() > kRatioFreeBytes && out.size() / compressed > limits.inflate_ratio) {
      return over("inflate_ratio");
    }
  }
}

Result<std::unique_ptr<pugi::xml_document>> DocxPackage::read_xml(const std::string& part) {
  DOCMILL_TRY(std::string bytes, read(part));
  if (bytes.find("<!DOCTYPE") != std::string::npos) {
    return malformed("a part has a document type declaration");
  }
  auto xml = std::make_unique<pugi::xml_document>();
  const unsigned flags =
      pugi::parse_escapes | pugi::parse_eol | pugi::parse_cdata | pugi::parse_ws_pcdata_single;
  const auto parsed = xml->load_buffer(bytes.data(), bytes.size(), flags);
  if (parsed.status == pugi::status_out_of_memory) throw std::bad_alloc();
  if (!parsed) return malformed("a part is not XML");
  if (deeper_than(*xml, state_->limits.xml_depth)) return over("xml_depth");
  return xml;
}

Result<Relationships> DocxPackage::relationships(const std::string& part) {
  const std::size_t slash = part.rfind('/');
  const std::size_t base = slash == std::string::npos ? 0 : slash + 1;
  const std::string name = part.substr(0, base) + "_rels/" + part.substr(base) + ".rels";
  Relationships found;
  if (!has(name)) return found;
  DOCMILL_TRY(auto xml, read_xml(name));
  for (const pugi::xml_node& node : xml->document_element().children()) {
    const std::string_view type = attribute_of(node, "Type");
    Relationship relationship;
    relationship.type = type.substr(type.rfind('/') + 1);
    relationship.external = attribute_of(node, "TargetMode") == "External";
    const std::string_view target = attribute_of(node, "Target");
    relationship.target = relationship.external ? std::string(target) : resolve(part, target);
    found.emplace(attribute_of(node, "Id"), std::move(relationship));
  }
  return found;
}

}  // namespace docmill::document
