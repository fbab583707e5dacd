// SPDX-License-Identifier: Apache-2.0
#include "document/markup_text.h"

#include <lexbor/html/html.h>

#include <array>
#include <charconv>
#include <memory>

#include "base/utf8.h"

namespace docmill::document {
namespace {

// The longest name in HTML's table has 32 characters.
constexpr std::size_t kEntityMax = 40;

std::string lower_name(std::string_view tag) {
  std::string name;
  for (char c : tag) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) break;
    name += c;
  }
  return name;
}

// CommonMark 0.31.2, section 2.5: zero and what is no character become U+FFFD.
std::string decode_number(std::string_view digits) {
  int base = 10;
  if (digits.starts_with('x') || digits.starts_with('X')) {
    base = 16;
    digits.remove_prefix(1);
  }
  std::uint32_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc{} || value == 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
    value = 0xFFFD;
  std::string out;
  append_utf8(out, value);
  return out;
}

std::string decode_name(const std::string& entity) {
  auto destroy = [](lxb_html_document_t* document) { lxb_html_document_destroy(document); };
  std::unique_ptr<lxb_html_document_t, decltype(destroy)> document(lxb_html_document_create(),
                                                                   destroy);
  if (!document) return entity;
  if (lxb_html_document_parse(document.get(), reinterpret_cast<const lxb_char_t*>(entity.data()),
                              entity.size()) != LXB_STATUS_OK)
    return entity;
  std::size_t size = 0;
  lxb_char_t* text = lxb_dom_node_text_content(
      lxb_dom_interface_node(lxb_html_document_body_element(document.get())), &size);
  return text == nullptr ? entity : std::string(reinterpret_cast<const char*>(text), size);
}

}  // namespace

std::string EntityDecoder::decode(std::string_view entity) {
  if (entity.size() < 3 || entity.size() > kEntityMax) return std::string(entity);
  if (entity[1] == '#') return decode_number(entity.substr(2, entity.size() - 3));
  auto [found, added] = known_.try_emplace(std::string(entity));
  if (added) found->second = decode_name(found->first);
  return found->second;
}

std::string EntityDecoder::decode_all(std::string_view text) {
  std::string out;
  std::size_t position = 0;
  while (position < text.size()) {
    std::size_t begin = std::min(text.find('&', position), text.size());
    out += text.substr(position, begin - position);
    if (begin == text.size()) break;
    std::size_t end = text.substr(0, begin + kEntityMax).find(';', begin);
    std::string_view inner =
        end == std::string_view::npos ? "" : text.substr(begin + 1, end - begin - 1);
    bool is_name = !inner.empty() && inner.find_first_not_of(
                                         "#0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
    out += is_name ? decode(text.substr(begin, end - begin + 1)) : "&";
    position = is_name ? end + 1 : begin + 1;
  }
  return out;
}

bool TagStripper::skip_past(std::string_view& html, std::string_view end, std::string& markup) {
  std::size_t found = html.find(end);
  std::size_t size = found == std::string_view::npos ? html.size() : found + end.size();
  markup += html.substr(0, size);
  html.remove_prefix(size);
  return found != std::string_view::npos;
}

void TagStripper::feed(std::string_view html, std::string& text, std::string& markup) {
  static constexpr std::array<std::string_view, 20> kBreaks = {
      "br", "p",  "div", "li", "tr", "h1",    "h2",  "h3",      "h4",         "h5",
      "h6", "ul", "ol",  "dt", "dd", "table", "pre", "section", "blockquote", "hr"};
  while (!html.empty()) {
    if (!until_.empty()) {
      if (skip_past(html, until_, markup)) until_.clear();
      continue;
    }
    std::size_t open = std::min(html.find('<'), html.size());
    text += html.substr(0, open);
    html.remove_prefix(open);
    if (html.empty()) break;
    if (html.starts_with("<!--")) {
      until_ = "-->";
      continue;
    }
    bool closing = html.starts_with("</");
    std::string name = lower_name(html.substr(closing ? 2 : 1));
    if (name.empty() && !html.starts_with("<!") && !html.starts_with("<?")) {
      text += html.front();
      html.remove_prefix(1);
      continue;
    }
    if (!closing && (name == "script" || name == "style")) until_ = "</" + name;
    for (std::string_view breaks : kBreaks)
      if (name == breaks) text += '\n';
    // A tag may go on in the next piece, as its attributes may hold line ends.
    if (!skip_past(html, ">", markup) && until_.empty()) until_ = ">";
  }
}

}  // namespace docmill::document
