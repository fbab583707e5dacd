// SPDX-License-Identifier: Apache-2.0
#include "document/html_head.h"

#include <algorithm>
#include <optional>

#include "base/utf8.h"
#include "document/html_hints.h"
#include "document/html_inline.h"

namespace docmill::document::html {
namespace {

constexpr std::size_t kPrescanBytes = 1'024;  // WHATWG HTML 13.2.3.2

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// The prescan of WHATWG HTML 13.2.3.2 over one buffer.
class Prescan {
 public:
  explicit Prescan(std::string_view bytes) : text_(bytes.substr(0, kPrescanBytes)) {}

  std::string run() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("<!--")) {
        const auto end = text_.find("-->", at_ + 2);
        if (end == std::string_view::npos) return {};
        at_ = end + 3;
      } else if (is_meta(rest)) {
        at_ += 6;
        if (auto label = read_meta(); !label.empty()) return label;
      } else if (is_tag(rest)) {
        at_ = std::min(text_.find_first_of(" \t\n\f\r>", at_), text_.size());
        std::string name;
        std::string value;
        while (attribute(name, value)) {
        }
      } else if (rest.starts_with("<!") || rest.starts_with("</") || rest.starts_with("<?")) {
        at_ = std::min(text_.find('>', at_), text_.size());
      } else {
        ++at_;
      }
    }
    return {};
  }

 private:
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  static bool is_tag(std::string_view rest) {
    if (rest.size() < 2 || rest[0] != '<') return false;
    return is_letter(rest[1]) || (rest[1] == '/' && rest.size() > 2 && is_letter(rest[2]));
  }
  static bool is_meta(std::string_view rest) {
    return rest.size() > 5 && lower(rest.substr(0, 5)) == "<meta" &&
           (is_space(rest[5]) || rest[5] == '/');
  }

  std::string read_meta() {
    std::string name;
    std::string value;
    std::string charset;
    bool pragma = false;
    std::optional<bool> need_pragma;
    while (attribute(name, value)) {
      if (name == "http-equiv") {
        pragma = pragma || value == "content-type";
      } else if (name == "content" && charset.empty()) {
        charset = charset_in(value);
        if (!charset.empty()) need_pragma = true;
      } else if (name == "charset") {
        charset = value;
        need_pragma = false;
      }
    }
    if (!need_pragma || (*need_pragma && !pragma)) return {};
    // A page whose labels can be read as ASCII is not UTF-16; the standard says UTF-8 then.
    if (charset.starts_with("utf-16")) return "utf-8";
    return charset;
  }

  // "text/html; charset=utf-8"
  static std::string charset_in(std::string_view content) {
    for (auto at = content.find("charset"); at != std::string_view::npos;
         at = content.find("charset", at + 7)) {
      std::string_view rest = content.substr(at + 7);
      while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
      if (!rest.starts_with('=')) continue;
      rest.remove_prefix(1);
      while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
      if (rest.empty()) return {};
      if (rest.front() == '"' || rest.front() == '\'') {
        const auto end = rest.find(rest.front(), 1);
        return end == std::string_view::npos ? std::string() : std::string(rest.substr(1, end - 1));
      }
      return std::string(rest.substr(0, rest.find_first_of(" \t\n\r\f;")));
    }
    return {};
  }

  // The next attribute of the tag, both in lower case; false at its end.
  bool attribute(std::string& name, std::string& value) {
    name.clear();
    value.clear();
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '/')) ++at_;
    if (at_ >= text_.size() || text_[at_] == '>') return false;
    std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '/' && text_[at_] != '>' &&
           (text_[at_] != '=' || at_ == begin)) {
      ++at_;
    }
    name = lower(text_.substr(begin, at_ - begin));
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    if (at_ >= text_.size() || text_[at_] != '=') return true;
    ++at_;
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    if (at_ >= text_.size()) return true;
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      begin = ++at_;
      at_ = std::min(text_.find(quote, at_), text_.size());
      value = lower(text_.substr(begin, at_ - begin));
      at_ = std::min(at_ + 1, text_.size());
      return true;
    }
    begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '>') ++at_;
    value = lower(text_.substr(begin, at_ - begin));
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Names of meta elements and what they are called in the model. The first found wins.
struct MetaName {
  std::string_view name;
  std::string_view field;
};
constexpr MetaName kMetaNames[] = {
    {"description", "description"},
    {"og:description", "description"},
    {"dc.description", "description"},
    {"author", "author"},
    {"article:author", "author"},
    {"dc.creator", "author"},
    {"keywords", "keywords"},
    {"generator", "generator"},
    {"date", "created"},
    {"article:published_time", "created"},
    {"dc.date", "created"},
    {"dcterms.created", "created"},
    {"datepublished", "created"},
    {"last-modified", "modified"},
    {"article:modified_time", "modified"},
    {"dcterms.modified", "modified"},
    {"datemodified", "modified"},
    {"og:site_name", "site"},
    {"og:title", "og_title"},
};

class HeadReader {
 public:
  HeadReader(const Dom& dom, const Limits& limits, Builder& builder)
      : dom_(dom), limits_(limits), builder_(builder) {}

  void run() {
    const auto& nodes = dom_.nodes();
    for (std::uint32_t i = 1; i < nodes.size(); ++i) {
      switch (nodes[i].tag) {
        case Tag::kHtml:
          document().language = lang(nodes[i]);
          break;
        case Tag::kBody:
          if (document().language.empty()) document().language = lang(nodes[i]);
          break;
        case Tag::kTitle:
          if (document().title.empty()) document().title = title(i);
          break;
        case Tag::kBase:
          if (document().base_href.empty()) {
            document().base_href = dom_.attribute(nodes[i], Attribute::kHref);
          }
          break;
        case Tag::kLink:
          read_link(nodes[i]);
          break;
        case Tag::kMeta:
          read_meta(nodes[i]);
          break;
        case Tag::kTemplate:
          i = nodes[i].end - 1;
          break;
        default:
          break;
      }
    }
  }

 private:
  Document& document() { return builder_.document(); }

  std::string lang(const Node& node) const {
    return std::string(dom_.attribute(node, Attribute::kLang).substr(0, 64));
  }

  std::string title(std::uint32_t index) const {
    InlineText text;
    for (std::uint32_t i = index; i < dom_[index].end; ++i) text.append(dom_[i].text, false);
    return std::string(utf8_prefix(text.view(), limits_.metadata_field_bytes));
  }

  void read_link(const Node& node) {
    const auto href = dom_.attribute(node, Attribute::kHref);
    if (href.empty()) return;
    if (!has_word(dom_.attribute(node, Attribute::kRel), "canonical")) return;
    Link link;
    link.href = href;
    link.relation = "canonical";
    builder_.add_link(std::move(link));
  }

  void read_meta(const Node& node) {
    const auto content = dom_.attribute(node, Attribute::kContent);
    auto name = dom_.attribute(node, Attribute::kName);
    if (name.empty()) name = dom_.attribute(node, Attribute::kProperty);
    if (name.empty()) name = dom_.attribute(node, Attribute::kItemprop);
    if (name.empty()) name = dom_.attribute(node, Attribute::kHttpEquiv);
    if (name.empty() || content.empty()) return;
    const std::string key = lower(name);
    if (key == "robots" || key == "docmill") {
      const bool none = has_word(content, "none");
      document().noindex = document().noindex || none || has_word(content, "noindex");
      document().nofollow = document().nofollow || none || has_word(content, "nofollow");
      return;
    }
    if (key == "content-language" && document().language.empty()) {
      document().language = content.substr(0, std::min(content.find(','), std::size_t{64}));
      return;
    }
    const auto* found = std::ranges::find(kMetaNames, std::string_view(key), &MetaName::name);
    if (found == std::end(kMetaNames)) return;
    if (document().metadata.contains(std::string(found->field))) return;
    builder_.set_metadata(std::string(found->field),
                          utf8_prefix(content, limits_.metadata_field_bytes));
  }

  const Dom& dom_;
  const Limits& limits_;
  Builder& builder_;
};

}  // namespace

std::string prescan_charset(std::string_view bytes) { return Prescan(bytes).run(); }

void read_head(const Dom& dom, const Limits& limits, Builder& builder) {
  HeadReader(dom, limits, builder).run();
}

}  // namespace docmill::document::html
