// SPDX-License-Identifier: Apache-2.0
#include "document/html_dom.h"

#include <lexbor/dom/interfaces/character_data.h>
#include <lexbor/html/html.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace docmill::document::html {
namespace {

// The open elements are looked at between pieces: the tree builder walks them for most tags, so
// that a million unclosed elements would cost a million squared steps.
constexpr std::size_t kPieceBytes = 4096;
// Memory of the tree for each byte of source, over a start: generous for real pages (about 10), far
// below what repeated re-opening of unclosed formatting elements can make.
constexpr std::size_t kTreeBytesPerSourceByte = 256;
constexpr std::size_t kTreeBytesAtLeast = 64U << 20;

constexpr std::pair<lxb_tag_id_enum_t, Tag> kTags[] = {
    {LXB_TAG_A, Tag::kA},
    {LXB_TAG_ADDRESS, Tag::kAddress},
    {LXB_TAG_AREA, Tag::kArea},
    {LXB_TAG_ARTICLE, Tag::kArticle},
    {LXB_TAG_ASIDE, Tag::kAside},
    {LXB_TAG_AUDIO, Tag::kAudio},
    {LXB_TAG_B, Tag::kB},
    {LXB_TAG_BASE, Tag::kBase},
    {LXB_TAG_BLOCKQUOTE, Tag::kBlockquote},
    {LXB_TAG_BODY, Tag::kBody},
    {LXB_TAG_BR, Tag::kBr},
    {LXB_TAG_BUTTON, Tag::kButton},
    {LXB_TAG_CANVAS, Tag::kCanvas},
    {LXB_TAG_CAPTION, Tag::kCaption},
    {LXB_TAG_CENTER, Tag::kCenter},
    {LXB_TAG_CODE, Tag::kCode},
    {LXB_TAG_DATALIST, Tag::kDatalist},
    {LXB_TAG_DD, Tag::kDd},
    {LXB_TAG_DETAILS, Tag::kDetails},
    {LXB_TAG_DIALOG, Tag::kDialog},
    {LXB_TAG_DIR, Tag::kDir},
    {LXB_TAG_DIV, Tag::kDiv},
    {LXB_TAG_DL, Tag::kDl},
    {LXB_TAG_DT, Tag::kDt},
    {LXB_TAG_EMBED, Tag::kEmbed},
    {LXB_TAG_FIELDSET, Tag::kFieldset},
    {LXB_TAG_FIGCAPTION, Tag::kFigcaption},
    {LXB_TAG_FIGURE, Tag::kFigure},
    {LXB_TAG_FOOTER, Tag::kFooter},
    {LXB_TAG_FORM, Tag::kForm},
    {LXB_TAG_FRAME, Tag::kFrame},
    {LXB_TAG_FRAMESET, Tag::kFrameset},
    {LXB_TAG_H1, Tag::kH1},
    {LXB_TAG_H2, Tag::kH2},
    {LXB_TAG_H3, Tag::kH3},
    {LXB_TAG_H4, Tag::kH4},
    {LXB_TAG_H5, Tag::kH5},
    {LXB_TAG_H6, Tag::kH6},
    {LXB_TAG_HEAD, Tag::kHead},
    {LXB_TAG_HEADER, Tag::kHeader},
    {LXB_TAG_HGROUP, Tag::kHgroup},
    {LXB_TAG_HR, Tag::kHr},
    {LXB_TAG_HTML, Tag::kHtml},
    {LXB_TAG_IFRAME, Tag::kIframe},
    {LXB_TAG_IMG, Tag::kImg},
    {LXB_TAG_LEGEND, Tag::kLegend},
    {LXB_TAG_LI, Tag::kLi},
    {LXB_TAG_LINK, Tag::kLink},
    {LXB_TAG_LISTING, Tag::kListing},
    {LXB_TAG_MAIN, Tag::kMain},
    {LXB_TAG_MAP, Tag::kMap},
    {LXB_TAG_MATH, Tag::kMath},
    {LXB_TAG_ANNOTATION_XML, Tag::kMathAnnotation},
    {LXB_TAG_MENU, Tag::kMenu},
    {LXB_TAG_META, Tag::kMeta},
    {LXB_TAG_NAV, Tag::kNav},
    {LXB_TAG_NOEMBED, Tag::kNoframes},
    {LXB_TAG_NOFRAMES, Tag::kNoframes},
    {LXB_TAG_NOSCRIPT, Tag::kNoscript},
    {LXB_TAG_OBJECT, Tag::kObject},
    {LXB_TAG_OL, Tag::kOl},
    {LXB_TAG_OPTGROUP, Tag::kOptgroup},
    {LXB_TAG_OPTION, Tag::kOption},
    {LXB_TAG_P, Tag::kP},
    {LXB_TAG_PLAINTEXT, Tag::kPlaintext},
    {LXB_TAG_PRE, Tag::kPre},
    {LXB_TAG_RP, Tag::kRp},
    {LXB_TAG_SCRIPT, Tag::kScript},
    {LXB_TAG_SEARCH, Tag::kSearch},
    {LXB_TAG_SECTION, Tag::kSection},
    {LXB_TAG_SELECT, Tag::kSelect},
    {LXB_TAG_SPAN, Tag::kSpan},
    {LXB_TAG_STRONG, Tag::kStrong},
    {LXB_TAG_STYLE, Tag::kStyle},
    {LXB_TAG_SUMMARY, Tag::kSummary},
    {LXB_TAG_SVG, Tag::kSvg},
    {LXB_TAG_TABLE, Tag::kTable},
    {LXB_TAG_TBODY, Tag::kTbody},
    {LXB_TAG_TD, Tag::kTd},
    {LXB_TAG_TEMPLATE, Tag::kTemplate},
    {LXB_TAG_TEXTAREA, Tag::kTextarea},
    {LXB_TAG_TFOOT, Tag::kTfoot},
    {LXB_TAG_TH, Tag::kTh},
    {LXB_TAG_THEAD, Tag::kThead},
    {LXB_TAG_TIME, Tag::kTime},
    {LXB_TAG_TITLE, Tag::kTitle},
    {LXB_TAG_TR, Tag::kTr},
    {LXB_TAG_UL, Tag::kUl},
    {LXB_TAG_VIDEO, Tag::kVideo},
    {LXB_TAG_XMP, Tag::kXmp},
};

constexpr std::array<Tag, LXB_TAG__LAST_ENTRY> make_tag_table() {
  std::array<Tag, LXB_TAG__LAST_ENTRY> table{};
  table.fill(Tag::kOther);
  for (const auto& [id, tag] : kTags) table[id] = tag;
  return table;
}
constexpr auto kTagTable = make_tag_table();

constexpr std::pair<std::string_view, Attribute> kAttributes[] = {
    {"aria-hidden", Attribute::kAriaHidden},
    {"class", Attribute::kClass},
    {"colspan", Attribute::kColspan},
    {"content", Attribute::kContent},
    {"data-language", Attribute::kDataLanguage},
    {"data-lang", Attribute::kDataLanguage},
    {"hidden", Attribute::kHidden},
    {"href", Attribute::kHref},
    {"http-equiv", Attribute::kHttpEquiv},
    {"id", Attribute::kId},
    {"itemprop", Attribute::kItemprop},
    {"lang", Attribute::kLang},
    {"xml:lang", Attribute::kLang},
    {"name", Attribute::kName},
    {"open", Attribute::kOpen},
    {"property", Attribute::kProperty},
    {"rel", Attribute::kRel},
    {"reversed", Attribute::kReversed},
    {"role", Attribute::kRole},
    {"rowspan", Attribute::kRowspan},
    {"scope", Attribute::kScope},
    {"src", Attribute::kSrc},
    {"start", Attribute::kStart},
    {"style", Attribute::kStyle},
    {"type", Attribute::kType},
    {"value", Attribute::kValue},
};

std::optional<Attribute> attribute_of(std::string_view name) {
  for (const auto& [text, attribute] : kAttributes) {
    if (text == name) return attribute;
  }
  return std::nullopt;
}

std::string_view to_view(const lxb_char_t* data, std::size_t length) {
  return {reinterpret_cast<const char*>(data), length};
}

// Elements inside graphics and formulas are other elements of the same name.
Tag foreign_tag(lxb_dom_node_t* node, Tag html_tag) {
  std::size_t length = 0;
  const auto* data = lxb_dom_element_local_name(lxb_dom_interface_element(node), &length);
  const std::string_view name = to_view(data, length);
  if (node->ns == LXB_NS_SVG) {
    if (name == "svg") return Tag::kSvg;
    if (name == "title" || name == "desc" || name == "defs" || name == "metadata") {
      return Tag::kSvgHidden;
    }
    if (name == "script" || name == "style" || name == "a") return html_tag;
    return Tag::kOther;
  }
  if (name == "math") return Tag::kMath;
  if (name == "annotation" || name == "annotation-xml") return Tag::kMathAnnotation;
  return Tag::kOther;
}

Tag tag_of(lxb_dom_node_t* node) {
  const Tag tag =
      node->local_name < LXB_TAG__LAST_ENTRY ? kTagTable[node->local_name] : Tag::kOther;
  if (node->ns == LXB_NS_SVG || node->ns == LXB_NS_MATH) return foreign_tag(node, tag);
  return tag;
}

lxb_dom_node_t* first_child(lxb_dom_node_t* node) {
  if (node->local_name == LXB_TAG_TEMPLATE && node->ns == LXB_NS_HTML) {
    auto* content = lxb_html_interface_template(node)->content;
    if (content != nullptr && content->node.first_child != nullptr)
      return content->node.first_child;
  }
  return node->first_child;
}

}  // namespace

struct Dom::Tree {
  lxb_html_document_t* document = nullptr;

  Tree() : document(lxb_html_document_create()) {}
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() {
    if (document != nullptr) lxb_html_document_destroy(document);
  }

  std::size_t open_elements() const {
    const auto* parser = static_cast<lxb_html_parser_t*>(document->dom_document.parser);
    return lexbor_array_length(parser->tree->open_elements);
  }
  // Elements that lead somewhere, counted in the tree as it stands.
  std::uint64_t links() const {
    std::uint64_t count = 0;
    lxb_dom_node_t* const root = lxb_dom_interface_node(document);
    for (lxb_dom_node_t* node = root; node != nullptr;) {
      if (node->type == LXB_DOM_NODE_TYPE_ELEMENT &&
          (node->local_name == LXB_TAG_A || node->local_name == LXB_TAG_AREA)) {
        const auto* href =
            lxb_dom_element_attr_by_id(lxb_dom_interface_element(node), LXB_DOM_ATTR_HREF);
        count += href != nullptr ? 1 : 0;
      }
      if (node->first_child != nullptr) {
        node = node->first_child;
        continue;
      }
      while (node != root && node->next == nullptr) node = node->parent;
      node = node == root ? nullptr : node->next;
    }
    return count;
  }
  std::size_t memory() const {
    const auto* mem = document->dom_document.mraw->mem;
    return mem->chunk_length * mem->chunk_min_size;
  }
};

Dom::Dom(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Dom::Dom(Dom&&) noexcept = default;
Dom& Dom::operator=(Dom&&) noexcept = default;
Dom::~Dom() = default;

namespace {

// Refuses a page of too many links while its tree is still small. What looks like a link in the
// source says when it is worth counting those in the tree.
class LinkWatch {
 public:
  explicit LinkWatch(std::uint64_t links_max) : links_max_(links_max), look_at_(links_max) {}

  template <typename Count>
  bool is_over(std::string_view piece, Count count_links) {
    for (std::size_t at = 0; (at = piece.find('<', at)) != std::string_view::npos; ++at) {
      const char next = at + 1 < piece.size() ? piece[at + 1] : 'a';
      likely_ += next == 'a' || next == 'A' ? 1 : 0;
    }
    if (likely_ <= look_at_) return false;
    const std::uint64_t links = count_links();
    if (links > links_max_) return true;
    // The next look costs a walk again: only after at least half as many more.
    look_at_ = likely_ + std::max(links_max_ - links, links_max_ / 2);
    return false;
  }

 private:
  std::uint64_t links_max_, look_at_, likely_ = 0;
};

}  // namespace

Result<Dom> Dom::parse(std::string_view utf8, const Limits& limits) {
  auto tree = std::make_unique<Tree>();
  auto* document = tree->document;
  if (document == nullptr || lxb_html_document_parse_chunk_begin(document) != LXB_STATUS_OK) {
    return fail(ErrorCode::kInternal, "cannot create an HTML parser");
  }
  const std::size_t memory_max = std::max(kTreeBytesAtLeast, utf8.size() * kTreeBytesPerSourceByte);
  LinkWatch watch(limits.links);
  for (std::size_t at = 0; at < utf8.size(); at += kPieceBytes) {
    const auto piece = utf8.substr(at, kPieceBytes);
    const auto* data = reinterpret_cast<const lxb_char_t*>(piece.data());
    if (lxb_html_document_parse_chunk(document, data, piece.size()) != LXB_STATUS_OK) {
      return fail(ErrorCode::kCorruptData, "the HTML parser gave up", "malformed");
    }
    if (tree->open_elements() > limits.xml_depth) {
      return fail(ErrorCode::kTooLarge, "elements are nested too deeply", "limit_xml_depth");
    }
    if (watch.is_over(piece, [&] { return tree->links(); })) {
      return fail(ErrorCode::kTooLarge, "the page has more links than a document may have",
                  "limit_links");
    }
    if (tree->memory() > memory_max) {
      return fail(ErrorCode::kTooLarge, "the tree grows far beyond its source",
                  "limit_output_bytes");
    }
  }
  if (lxb_html_document_parse_chunk_end(document) != LXB_STATUS_OK) {
    return fail(ErrorCode::kCorruptData, "the HTML parser gave up", "malformed");
  }
  Dom dom(std::move(tree));
  DOCMILL_TRY_VOID(dom.flatten(limits));
  return dom;
}

Status Dom::flatten(const Limits& limits) {
  lxb_dom_node_t* const root = lxb_dom_interface_node(tree_->document);
  nodes_.push_back({});  // the document itself
  std::vector<std::pair<std::uint32_t, lxb_dom_node_t*>> open{{0, root}};
  lxb_dom_node_t* node = first_child(root);
  while (!open.empty()) {
    if (node == nullptr) {
      const auto [index, element] = open.back();
      open.pop_back();
      nodes_[index].end = static_cast<std::uint32_t>(nodes_.size());
      node = element->next;
      continue;
    }
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    Node flat;
    flat.depth = static_cast<std::uint16_t>(open.size());
    flat.parent = open.back().first;
    flat.end = index + 1;
    if (node->type == LXB_DOM_NODE_TYPE_TEXT || node->type == LXB_DOM_NODE_TYPE_CDATA_SECTION) {
      const auto& data = lxb_dom_interface_character_data(node)->data;
      flat.tag = Tag::kText;
      flat.text = to_view(data.data, data.length);
      if (!flat.text.empty()) nodes_.push_back(flat);
      node = node->next;
      continue;
    }
    if (node->type != LXB_DOM_NODE_TYPE_ELEMENT) {
      node = node->next;
      continue;
    }
    if (open.size() > limits.xml_depth) {
      return fail(ErrorCode::kTooLarge, "elements are nested too deeply", "limit_xml_depth");
    }
    flat.tag = tag_of(node);
    flat.attributes = static_cast<std::uint32_t>(attributes_.size());
    auto* attribute = lxb_dom_element_first_attribute(lxb_dom_interface_element(node));
    for (; attribute != nullptr; attribute = lxb_dom_element_next_attribute(attribute)) {
      std::size_t length = 0;
      const auto* data = lxb_dom_attr_qualified_name(attribute, &length);
      const auto name = attribute_of(to_view(data, length));
      if (!name) continue;
      data = lxb_dom_attr_value(attribute, &length);
      attributes_.push_back(
          {*name, data == nullptr ? std::string_view("") : to_view(data, length)});
    }
    flat.attribute_count = static_cast<std::uint32_t>(attributes_.size()) - flat.attributes;
    nodes_.push_back(flat);
    open.emplace_back(index, node);
    node = first_child(node);
  }
  return {};
}

std::string_view Dom::attribute(const Node& node, Attribute name) const {
  for (std::uint32_t i = 0; i < node.attribute_count; ++i) {
    const auto& attribute = attributes_[node.attributes + i];
    if (attribute.name == name) return attribute.value;
  }
  return {};
}

}  // namespace docmill::document::html
