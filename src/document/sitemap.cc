// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "document/builder.h"
#include "document/charset.h"
#include "document/extract.h"

namespace docmill::document {
namespace {

constexpr const char* kParser = "sitemap/1";
// sitemaps.org/protocol.html: 50 MB and 50,000 addresses a file.
constexpr std::size_t kSitemapBytesMax = 50ULL << 20;
constexpr std::size_t kAddressesMax = 50'000;
constexpr std::size_t kRatioFromBytes = 1U << 20;
constexpr std::size_t kAddressBytesMax = 8'192;  // longer ones are no addresses

class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }

  Result<std::string> run(std::string_view bytes, const Limits& limits) {
    if (!ready_) return fail(ErrorCode::kInternal, "cannot start zlib");
    // zlib's interface takes no const input; it does not write to it.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    std::string piece(64U << 10, '\0');
    int state = Z_OK;
    while (state == Z_OK) {
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = static_cast<uInt>(piece.size());
      state = inflate(&stream_, Z_NO_FLUSH);
      out.append(piece, 0, piece.size() - stream_.avail_out);
      if (out.size() > std::min<std::uint64_t>(limits.inflated_bytes, kSitemapBytesMax)) {
        return fail(ErrorCode::kTooLarge, "the sitemap inflates to too much",
                    "limit_inflated_bytes");
      }
      if (out.size() > kRatioFromBytes && out.size() / limits.inflate_ratio > bytes.size()) {
        return fail(ErrorCode::kTooLarge, "the sitemap inflates too far", "limit_inflate_ratio");
      }
    }
    // A file that ends early has told what it told.
    if (state != Z_STREAM_END && out.empty()) {
      return fail(ErrorCode::kCorruptData, "the sitemap is not gzip inside", "malformed");
    }
    return out;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n\f";
  const auto begin = text.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

// Prefixes and namespaces are often wrong; the local names never are.
std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view child_text(const pugi::xml_node& node, std::string_view name) {
  for (const auto& child : node.children()) {
    if (local_name(child) == name) return trim(child.text().get());
  }
  return {};
}

class Reader {
 public:
  explicit Reader(const Limits& limits) : builder_("application/xml+sitemap", kParser, limits) {}

  Result<Document> run_xml(std::string& text) {
    pugi::xml_document xml;
    // Entities of a document type are not expanded, so nothing can grow in here.
    const auto parsed = xml.load_buffer_inplace(
        text.data(), text.size(), pugi::parse_cdata | pugi::parse_escapes, pugi::encoding_utf8);
    // What came before a fault is kept: a cut sitemap still names pages.
    const pugi::xml_node root = xml.document_element();
    if (!root) return fail(ErrorCode::kCorruptData, "the sitemap is not XML", "malformed");
    if (!parsed) builder_.warn("malformed_xml");
    const std::string_view name = local_name(root);
    if (name == "urlset" || name == "sitemapindex") {
      read_sitemap(root);
    } else if (name == "rss" || name == "RDF") {
      builder_.document().media_type = "application/rss+xml";
      read_rss(root);
    } else if (name == "feed") {
      builder_.document().media_type = "application/atom+xml";
      read_atom(root);
    } else {
      return fail(ErrorCode::kCorruptData, "no sitemap, RSS or Atom", "malformed");
    }
    return builder_.finish();
  }

  Result<Document> run_text(std::string_view text) {
    builder_.document().media_type = "text/plain";
    while (!text.empty()) {
      const auto end = std::min(text.find_first_of("\r\n"), text.size());
      const auto line = trim(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.starts_with("http://") || line.starts_with("https://")) add(line, "sitemap", {});
    }
    return builder_.finish();
  }

 private:
  void add(std::string_view address, const char* relation, std::string_view modified) {
    if (address.empty() || address.size() > kAddressBytesMax) return;
    if (builder_.document().links.size() >= kAddressesMax) {
      builder_.warn("more_than_50000_addresses");
      return;
    }
    Link link;
    link.href = address;
    link.relation = relation;
    link.modified = modified.substr(0, 64);
    builder_.add_link(std::move(link));
  }

  void read_sitemap(const pugi::xml_node& root) {
    for (const auto& entry : root.children()) {
      const std::string_view name = local_name(entry);
      if (name != "url" && name != "sitemap") continue;
      std::string_view address = child_text(entry, "loc");
      // Found in the wild: the address without its element.
      if (address.empty()) address = trim(entry.text().get());
      add(address, name == "url" ? "sitemap" : "sitemap_index", child_text(entry, "lastmod"));
    }
  }

  void read_rss(const pugi::xml_node& root) {
    for (const auto& part : root.children()) {
      // RSS 1.0 has its items beside the channel.
      if (local_name(part) == "item") add_item(part);
      if (local_name(part) != "channel") continue;
      for (const auto& item : part.children()) {
        if (local_name(item) == "item") add_item(item);
      }
    }
  }

  void add_item(const pugi::xml_node& item) {
    std::string_view modified = child_text(item, "pubDate");
    if (modified.empty()) modified = child_text(item, "date");
    std::string_view address = child_text(item, "link");
    if (address.empty()) address = child_text(item, "guid");
    if (address.starts_with("http://") || address.starts_with("https://") ||
        address.starts_with('/')) {
      add(address, "sitemap", modified);
    }
  }

  void read_atom(const pugi::xml_node& root) {
    for (const auto& entry : root.children()) {
      if (local_name(entry) != "entry") continue;
      std::string_view modified = child_text(entry, "updated");
      if (modified.empty()) modified = child_text(entry, "modified");
      if (modified.empty()) modified = child_text(entry, "published");
      for (const auto& link : entry.children()) {
        if (local_name(link) != "link") continue;
        const std::string_view relation = link.attribute("rel").value();
        if (!relation.empty() && relation != "alternate") continue;
        std::string_view address = trim(link.attribute("href").value());
        if (address.empty()) address = trim(link.text().get());
        add(address, "sitemap", modified);
      }
    }
  }

  Builder builder_;
};

}  // namespace

Result<Document> parse_sitemap(const ExtractInput& input, const Limits& limits) {
  std::string inflated;
  std::string_view bytes = input.bytes;
  if (bytes.size() > std::min<std::uint64_t>(limits.input_bytes, kSitemapBytesMax)) {
    return fail(ErrorCode::kTooLarge, "the sitemap is too large", "limit_input_bytes");
  }
  if (bytes.starts_with("\x1f\x8b")) {
    DOCMILL_TRY(inflated, Inflater().run(bytes, limits));
    bytes = inflated;
  }
  DecodedText decoded = decode_text(bytes, {input.declared_charset});
  const bool xml = trim(decoded.text).starts_with('<');
  try {
    return xml ? Reader(limits).run_xml(decoded.text) : Reader(limits).run_text(decoded.text);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kTooLarge, "no memory for the sitemap", "limit_output_bytes");
  }
}

}  // namespace docmill::document
