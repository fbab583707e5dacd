// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "base/utf8.h"
#include "document/extract.h"

namespace docmill::document {
namespace {

constexpr std::size_t kHeadBytes = 4'096;       // what text statistics look at
constexpr std::size_t kPdfHeaderBytes = 1'024;  // where readers accept "%PDF-"
constexpr const char* kUnknown = "application/octet-stream";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

struct Magic {
  std::string_view bytes;
  const char* type;
};
using namespace std::string_view_literals;
constexpr Magic kMagic[] = {
    {"{\\rtf"sv, "application/rtf"},
    {"\x1f\x8b"sv, "application/gzip"},
    {"\x89PNG\r\n\x1a\n"sv, "image/png"},
    {"\xff\xd8\xff"sv, "image/jpeg"},
    {"GIF87a"sv, "image/gif"},
    {"GIF89a"sv, "image/gif"},
    {"II*\0"sv, "image/tiff"},
    {"MM\0*"sv, "image/tiff"},
    {"BZh"sv, "application/x-bzip2"},
    {"\xfd\x37zXZ\0"sv, "application/x-xz"},
    {"\x28\xb5\x2f\xfd"sv, "application/zstd"},
    {"7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
    {"Rar!\x1a\x07"sv, "application/vnd.rar"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "application/x-ole-storage"},
    {"\x7f"
     "ELF"sv,
     "application/x-elf"},
    {"%!PS-"sv, "application/postscript"},
    {"OggS"sv, "application/ogg"},
    {"ID3"sv, "audio/mpeg"},
    {"SQLite format 3\0"sv, "application/vnd.sqlite3"},
};

// Entries of a ZIP archive in the order of their local headers; names are all that is read. The
// central directory at the end is looked through in the same way: it has its own signature.
bool zip_has(std::string_view bytes, std::string_view prefix) {
  for (const auto& [signature, name_at, length_at] :
       {std::tuple{"PK\x01\x02"sv, std::size_t{46}, std::size_t{28}},
        std::tuple{"PK\x03\x04"sv, std::size_t{30}, std::size_t{26}}}) {
    for (auto at = bytes.find(signature); at != std::string_view::npos;
         at = bytes.find(signature, at + 4)) {
      if (at + name_at > bytes.size()) break;
      const auto low = static_cast<unsigned char>(bytes[at + length_at]);
      const auto high = static_cast<unsigned char>(bytes[at + length_at + 1]);
      const std::size_t length = low + 256U * high;
      if (bytes.substr(at + name_at, length).starts_with(prefix)) return true;
    }
  }
  return false;
}

std::string sniff_zip(std::string_view bytes) {
  // OpenDocument and EPUB store their type first, uncompressed.
  constexpr std::string_view kMimetype = "mimetype";
  if (bytes.size() > 38 && bytes.substr(30, 8) == kMimetype) {
    const auto rest = bytes.substr(38, 100);
    const auto end = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.+-/");
    const auto type = rest.substr(0, std::min(end, rest.find("PK\x03\x04")));
    if (type.starts_with("application/")) return std::string(type);
  }
  if (zip_has(bytes, "[Content_Types].xml")) {
    constexpr std::string_view kOffice = "application/vnd.openxmlformats-officedocument.";
    if (zip_has(bytes, "word/")) return std::string(kOffice) + "wordprocessingml.document";
    if (zip_has(bytes, "xl/")) return std::string(kOffice) + "spreadsheetml.sheet";
    if (zip_has(bytes, "ppt/")) return std::string(kOffice) + "presentationml.presentation";
  }
  return "application/zip";
}

std::string sniff_magic(std::string_view bytes) {
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) return sniff_zip(bytes);
  for (const auto& [magic, type] : kMagic) {
    if (bytes.starts_with(magic)) return type;
  }
  if (bytes.size() > 12 && bytes.starts_with("RIFF")) {
    const auto form = bytes.substr(8, 4);
    if (form == "WEBP") return "image/webp";
    if (form == "WAVE") return "audio/wav";
    return kUnknown;
  }
  if (bytes.size() > 12 && bytes.substr(4, 4) == "ftyp") return "video/mp4";
  if (bytes.starts_with("BM") && bytes.size() > 14 && bytes.substr(6, 4) == "\0\0\0\0"sv) {
    return "image/bmp";
  }
  return {};
}

// Off the front: white space, comments, processing instructions; what markup may begin with.
std::string_view skip_prolog(std::string_view text) {
  while (true) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    const bool comment = text.starts_with("<!--");
    if (!comment && !text.starts_with("<?")) return text;
    const std::string_view mark = comment ? "-->" : "?>";
    const auto end = text.find(mark, 2);
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + mark.size());
  }
}

std::string_view skip_doctype(std::string_view text) {
  const auto subset = text.find_first_of("[>");
  if (subset == std::string_view::npos) return {};
  auto end = subset;
  if (text[subset] == '[') {
    end = text.find("]", subset);
    if (end != std::string_view::npos) end = text.find('>', end);
  }
  if (end == std::string_view::npos) return {};
  return skip_prolog(text.substr(end + 1));
}

// The element's name in lower case without its prefix.
std::string root_name(std::string_view text) {
  if (!text.starts_with('<')) return {};
  const auto end = text.find_first_of(" \t\n\r\f/>", 1);
  if (end == std::string_view::npos || end > 64) return {};
  std::string name = lowered(text.substr(1, end - 1));
  if (const auto colon = name.find(':'); colon != std::string::npos) name.erase(0, colon + 1);
  return name;
}

// Tags that begin a page (WHATWG MIME Sniffing 7.1), and those that real fragments begin with.
bool is_html_name(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "html",    "head",    "script", "iframe", "h1",     "h2",       "h3",   "div",
      "font",    "table",   "a",      "style",  "title",  "b",        "body", "br",
      "p",       "meta",    "link",   "base",   "ul",     "ol",       "span", "main",
      "section", "article", "header", "nav",    "center", "frameset",
  };
  return std::ranges::find(kNames, name) != std::end(kNames);
}

std::string sniff_markup(std::string_view text) {
  const bool xml = text.starts_with("<?xml");
  std::string_view body = skip_prolog(text);
  if (lowered(body.substr(0, 14)) == "<!doctype html") return "text/html";
  if (lowered(body.substr(0, 9)) == "<!doctype") body = skip_doctype(body);
  const std::string name = root_name(body);
  if (name.empty()) return xml ? "application/xml" : "";
  if (name == "urlset" || name == "sitemapindex") return "application/xml+sitemap";
  if (name == "rss" || name == "rdf") return "application/rss+xml";
  if (name == "feed") return "application/atom+xml";
  if (name == "svg") return "image/svg+xml";
  if (name == "html") return "text/html";
  if (xml) return "application/xml";
  return is_html_name(name) ? "text/html" : "";
}

// Control bytes do not stand in text; other bytes over 0x7F do, in every charset.
bool is_binary(std::string_view head) {
  std::size_t control = 0;
  for (const char c : head) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) return true;
    const bool usual = byte >= 0x20 || is_space(c) || byte == 0x1B || byte == 0x08 || byte == 0x0C;
    control += usual ? 0 : 1;
  }
  return control * 100 > head.size();
}

bool has_suffix(std::string_view name, std::string_view suffix) {
  const auto path = name.substr(0, name.find_first_of("?#"));
  return path.size() > suffix.size() && lowered(path.substr(path.size() - suffix.size())) == suffix;
}

// Marks of Markdown, by line: several kinds or many lines of one must be seen.
bool looks_like_markdown(std::string_view text) {
  int headings = 0;
  int fences = 0;
  int lists = 0;
  int links = 0;
  int lines = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    lines += line.empty() ? 0 : 1;
    const auto hashes = line.find_first_not_of('#');
    headings +=
        hashes != std::string_view::npos && hashes >= 1 && hashes <= 6 && line[hashes] == ' ';
    fences += line.starts_with("```") ? 1 : 0;
    lists += line.starts_with("- ") || line.starts_with("* ") ? 1 : 0;
    links += line.find("](") != std::string_view::npos ? 1 : 0;
  }
  const int kinds = (headings > 0) + (fences > 1) + (lists > 1) + (links > 0);
  return headings > 0 && (kinds >= 2 || fences > 1) && lines > 3;
}

std::string sniff_text(const ExtractInput& input, std::string_view head) {
  if (has_suffix(input.name, ".md") || has_suffix(input.name, ".markdown")) return "text/markdown";
  const std::string declared = lowered(input.declared_media_type);
  if (declared.starts_with("text/markdown") || declared.starts_with("text/x-markdown")) {
    return "text/markdown";
  }
  if (declared.starts_with("text/html") || declared.starts_with("application/xhtml+xml")) {
    return "text/html";
  }
  const bool named = has_suffix(input.name, ".html") || has_suffix(input.name, ".htm") ||
                     has_suffix(input.name, ".xhtml");
  if (named && head.find('<') != std::string_view::npos) return "text/html";
  if (has_suffix(input.name, ".txt")) return "text/plain";
  return looks_like_markdown(head) ? "text/markdown" : "text/plain";
}

// Markup in UTF-16 as bytes: enough to see the tags.
std::string narrow(std::string_view bytes, bool big_endian) {
  std::string out;
  for (std::size_t i = 2; i + 1 < bytes.size(); i += 2) {
    const char high = bytes[big_endian ? i : i + 1];
    const char low = bytes[big_endian ? i + 1 : i];
    out += high == 0 ? low : '?';
  }
  return out;
}

}  // namespace

std::string sniff_media_type(const ExtractInput& input) {
  std::string_view bytes = input.bytes;
  if (bytes.empty()) return kUnknown;
  if (std::string type = sniff_magic(bytes); !type.empty()) return type;
  std::string_view head = bytes.substr(0, kHeadBytes);
  std::string wide;
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
    wide = narrow(head, bytes[0] == '\xfe');
    head = wide;
  } else if (bytes.starts_with("\xef\xbb\xbf")) {
    head.remove_prefix(3);
  }
  // Before the PDF header: a page may well speak of "%PDF-", but not before its first tag.
  if (std::string type = sniff_markup(head); !type.empty()) return type;
  if (bytes.substr(0, kPdfHeaderBytes).find("%PDF-") != std::string_view::npos) {
    const bool objects = bytes.find(" obj") != std::string_view::npos;
    if (bytes.starts_with("%PDF-") || objects || is_binary(head)) return "application/pdf";
  }
  if (is_binary(head)) return kUnknown;
  return sniff_text(input, head);
}

}  // namespace docmill::document
