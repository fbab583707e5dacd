// SPDX-License-Identifier: Apache-2.0
#include "document/html_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "document/html_hints.h"
#include "document/html_inline.h"
#include "document/html_table.h"

namespace docmill::document::html {
namespace {

constexpr std::string_view kBullet = "•";
constexpr int kDepthMax = 255;  // Block::level is a byte

std::uint8_t heading_level(Tag tag) {
  if (tag < Tag::kH1 || tag > Tag::kH6) return 0;
  return static_cast<std::uint8_t>(static_cast<int>(tag) - static_cast<int>(Tag::kH1) + 1);
}

bool is_list(Tag tag) {
  return tag == Tag::kUl || tag == Tag::kOl || tag == Tag::kMenu || tag == Tag::kDir;
}

std::int64_t parse_integer(std::string_view text, std::int64_t otherwise) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc()) return otherwise;
  return std::clamp<std::int64_t>(value, -1'000'000'000, 1'000'000'000);
}

// The language a code element names: class "language-x" or "lang-x", "highlight-x" (Sphinx,
// GitHub), "brush: x", or data-lang.
std::string code_language(const Dom& dom, const Node& node) {
  if (auto value = dom.attribute(node, Attribute::kDataLanguage); !value.empty()) {
    return std::string(value.substr(0, 40));
  }
  std::string_view classes = dom.attribute(node, Attribute::kClass);
  constexpr std::string_view kPrefixes[] = {"language-", "lang-", "highlight-source-",
                                            "highlight-text-", "highlight-"};
  while (!classes.empty()) {
    const std::size_t end = std::min(classes.find_first_of(" \t\n\r\f;"), classes.size());
    const std::string_view word = classes.substr(0, end);
    classes.remove_prefix(std::min(end + 1, classes.size()));
    for (const auto prefix : kPrefixes) {
      if (!word.starts_with(prefix) || word.size() == prefix.size()) continue;
      const auto name = word.substr(prefix.size());
      if (name == "default" || name == "none" || name == "wrapper") return {};
      return std::string(name.substr(0, 40));
    }
    if (word == "brush:") {
      while (!classes.empty() && is_space(classes.front())) classes.remove_prefix(1);
      return std::string(classes.substr(0, std::min(classes.find_first_of(" ;"), std::size_t{40})));
    }
  }
  return {};
}

// One walk over the nodes. What a block becomes is decided by the context it stands in; entering an
// element saves the context, leaving it brings it back.
class Collector {
 public:
  Collector(const Dom& dom, const Limits& limits) : dom_(dom), limits_(limits) {}

  PageContent run() {
    const auto& nodes = dom_.nodes();
    std::uint32_t index = 1;
    while (index < nodes.size()) {
      leave_until(index);
      index = visit(index);
    }
    leave_until(static_cast<std::uint32_t>(nodes.size()));
    flush();
    return std::move(content_);
  }

 private:
  struct Context {
    std::uint32_t node = 0;  // the nearest block-level element
    std::uint8_t heading = 0;
    bool verbatim = false;  // <pre>
    bool caption = false;
    bool line_item = false;  // innermost of list item and quotation is the item
    std::uint8_t list_depth = 0;
    std::uint8_t quote_depth = 0;
    const char* side = nullptr;  // inside an inline element that is furniture: its reason
  };

  struct List {
    bool ordered = false;
    std::int64_t next = 1;
    std::int64_t step = 1;
  };

  enum class Leave : std::uint8_t { kNothing, kFlush, kSide, kLink };

  struct Open {
    std::uint32_t end = 0;
    Leave leave = Leave::kNothing;
    bool list = false;
    Context saved;
    InlineText saved_text;  // kSide: the text that the side block interrupts
    std::string saved_language;
    std::int32_t saved_link = -1;
  };

  std::uint32_t visit(std::uint32_t index) {
    const Node& node = dom_[index];
    if (node.tag == Tag::kText) {
      add_text(node.text);
      return index + 1;
    }
    if (is_invisible(dom_, node)) return skip_invisible(index);
    if (node.tag == Tag::kBr) return line_break(index);
    if (node.tag == Tag::kTable) {
      if (auto table = read_table(dom_, index, limits_)) return add_table(index, std::move(*table));
    }
    if (node.tag == Tag::kA || node.tag == Tag::kArea) return enter_link(index);
    if (node.tag == Tag::kFrame || node.tag == Tag::kIframe) add_frame(node);
    if (node.tag == Tag::kHr) flush();
    if (const char* reason = side_reason(dom_, node, context_.heading > 0);
        reason != nullptr && context_.side == nullptr) {
      enter_side(index, reason);
    } else if (is_block_level(node.tag)) {
      enter_block(index);
    } else if (node.tag == Tag::kCode && context_.verbatim && language_.empty()) {
      language_ = code_language(dom_, node);
    }
    return index + 1;
  }

  void add_text(std::string_view text) {
    const bool in_link = link_ >= 0;
    if (context_.verbatim) {
      text_.append_verbatim(text, in_link);
    } else {
      text_.append(text, in_link);
    }
  }

  std::uint32_t line_break(std::uint32_t index) {
    if (context_.verbatim) {
      text_.append_verbatim("\n", false);
    } else if (text_.pending_breaks() > 0 && context_.heading == 0) {
      flush();  // an empty line: a new paragraph, as pages without <p> write it
    } else {
      text_.line_break();
    }
    return index + 1;
  }

  std::uint32_t skip_invisible(std::uint32_t index) {
    const std::uint32_t end = dom_[index].end;
    const bool in_template = dom_[index].tag == Tag::kTemplate;
    for (std::uint32_t i = index; i < end; ++i) {
      const Node& node = dom_[i];
      if (node.tag == Tag::kText) {
        content_.uncounted.push_back({{}, node.text});
      } else if ((node.tag == Tag::kA || node.tag == Tag::kArea) && !in_template) {
        add_link(node);  // a menu that opens later still leads somewhere
      } else if (node.tag == Tag::kFrame || node.tag == Tag::kIframe) {
        add_frame(node);
      }
    }
    return end;
  }

  std::int32_t add_link(const Node& node) {
    const auto href = dom_.attribute(node, Attribute::kHref);
    if (href.data() == nullptr) return -1;
    PageLink link;
    link.href = href;
    link.nofollow = has_word(dom_.attribute(node, Attribute::kRel), "nofollow");
    content_.links.push_back(link);
    return static_cast<std::int32_t>(content_.links.size()) - 1;
  }

  void add_frame(const Node& node) {
    const auto source = dom_.attribute(node, Attribute::kSrc);
    if (source.empty()) return;
    PageLink link;
    link.href = source;
    link.relation = "frame";
    content_.links.push_back(link);
  }

  std::uint32_t enter_link(std::uint32_t index) {
    const Node& node = dom_[index];
    if (is_permalink(dom_, index)) {
      for (std::uint32_t i = index; i < node.end; ++i) {
        if (dom_[i].tag == Tag::kText) content_.uncounted.push_back({"permalink", dom_[i].text});
      }
      add_link(node);
      return node.end;
    }
    const std::int32_t link = add_link(node);
    if (link < 0) return index + 1;
    push(node.end, Leave::kLink);
    link_ = link;
    link_begin_ = text_.size();
    return index + 1;
  }

  void push(std::uint32_t end, Leave leave) {
    Open open;
    open.end = end;
    open.leave = leave;
    open.saved = context_;
    open.saved_link = link_;
    open_.push_back(std::move(open));
  }

  // Furniture inside a line ("[edit]" in a heading): a block of its own, before the one it is in.
  void enter_side(std::uint32_t index, const char* reason) {
    push(dom_[index].end, Leave::kSide);
    settle_link();
    open_.back().saved_text = std::exchange(text_, {});
    open_.back().saved_language = std::exchange(language_, {});
    context_ = Context{};
    context_.node = index;
    context_.side = reason;
    marker_held_.push_back(std::exchange(marker_, {}));
  }

  void enter_block(std::uint32_t index) {
    flush();
    const Node& node = dom_[index];
    push(node.end, Leave::kFlush);
    context_.node = index;
    if (is_list(node.tag) || node.tag == Tag::kDl) {
      open_list(node);
    } else if (node.tag == Tag::kLi || node.tag == Tag::kDt) {
      open_item(node);
    } else if (node.tag == Tag::kDd) {
      context_.line_item = false;
      context_.heading = 0;
    } else if (node.tag == Tag::kBlockquote) {
      context_.quote_depth =
          static_cast<std::uint8_t>(std::min(context_.quote_depth + 1, kDepthMax));
      context_.line_item = false;
    } else if (node.tag == Tag::kPre || node.tag == Tag::kListing || node.tag == Tag::kXmp ||
               node.tag == Tag::kPlaintext) {
      enter_code(index);
    } else if (node.tag == Tag::kCaption || node.tag == Tag::kFigcaption) {
      context_.caption = true;
    } else if (node.tag == Tag::kTd || node.tag == Tag::kTh) {
      context_.line_item = false;
    } else if (const std::uint8_t level = heading_level(node.tag); level > 0) {
      context_.heading = level;
    } else if (dom_.attribute(node, Attribute::kRole) == "heading") {
      context_.heading = 2;
    }
  }

  void open_list(const Node& node) {
    open_.back().list = true;
    context_.list_depth = static_cast<std::uint8_t>(std::min(context_.list_depth + 1, kDepthMax));
    List list;
    if (node.tag == Tag::kOl) {
      list.ordered = true;
      list.step = dom_.has_attribute(node, Attribute::kReversed) ? -1 : 1;
      std::int64_t first = 1;
      if (list.step < 0) first = count_items(node);
      list.next = parse_integer(dom_.attribute(node, Attribute::kStart), first);
    }
    lists_.push_back(list);
  }

  std::int64_t count_items(const Node& node) const {
    const auto index = static_cast<std::uint32_t>(&node - dom_.nodes().data());
    std::int64_t items = 0;
    for (std::uint32_t i = index + 1; i < node.end; i = dom_[i].end) {
      items += dom_[i].tag == Tag::kLi ? 1 : 0;
    }
    return items;
  }

  void open_item(const Node& node) {
    context_.line_item = true;
    context_.heading = 0;
    context_.list_depth = std::max<std::uint8_t>(context_.list_depth, 1);
    if (lists_.empty() || !lists_.back().ordered || node.tag == Tag::kDt) {
      marker_ = kBullet;
      return;
    }
    List& list = lists_.back();
    const auto number = parse_integer(dom_.attribute(node, Attribute::kValue), list.next);
    marker_ = fmt::format("{}.", number);
    list.next = number + list.step;
  }

  void enter_code(std::uint32_t index) {
    context_.verbatim = true;
    language_ = code_language(dom_, dom_[index]);
    // Generators put the class on a wrapper: <div class="highlight-python"><div><pre>.
    std::uint32_t parent = dom_[index].parent;
    for (int i = 0; i < 2 && language_.empty() && parent != 0; ++i) {
      if (dom_[parent].tag == Tag::kDiv) language_ = code_language(dom_, dom_[parent]);
      parent = dom_[parent].parent;
    }
  }

  void leave_until(std::uint32_t index) {
    while (!open_.empty() && open_.back().end <= index) {
      Open open = std::move(open_.back());
      open_.pop_back();
      switch (open.leave) {
        case Leave::kLink:
          settle_link();
          break;
        case Leave::kSide:
          flush();
          text_ = std::move(open.saved_text);
          language_ = std::move(open.saved_language);
          marker_ = std::move(marker_held_.back());
          marker_held_.pop_back();
          break;
        default:
          flush();
          break;
      }
      if (open.list) lists_.pop_back();
      if (open.leave != Leave::kLink) {
        context_ = open.saved;
        // A link that began outside goes on after what it wrapped.
        link_begin_ = text_.size();
      }
      link_ = open.saved_link;
    }
  }

  // Gives the open link the text it has so far in the current block.
  void settle_link() {
    if (link_ < 0) return;
    PageLink& link = content_.links[static_cast<std::size_t>(link_)];
    const std::string_view text = text_.view();
    std::size_t begin = link_begin_;
    while (begin < text.size() && is_space(text[begin])) ++begin;
    if (link.block >= 0 || begin >= text.size()) return;
    link.block = kCurrentBlock;
    link.text = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(text.size())};
    current_links_.push_back({link_, text_depth()});
  }

  // How many side blocks are open: links settle into the text of their own depth.
  std::size_t text_depth() const { return marker_held_.size(); }

  void flush() {
    settle_link();
    link_begin_ = 0;
    if (text_.characters() == 0) {
      drop_links();
      (void)text_.take();
      return;
    }
    PageBlock block;
    block.node = context_.node;
    block.characters = text_.characters();
    block.link_characters = text_.link_characters();
    block.text = text_.take();
    shape(block);
    const auto index = static_cast<std::int32_t>(content_.blocks.size());
    std::erase_if(current_links_, [&](const auto& pending) {
      if (pending.second != text_depth()) return false;
      content_.links[static_cast<std::size_t>(pending.first)].block = index;
      return true;
    });
    content_.blocks.push_back(std::move(block));
  }

  void drop_links() {
    std::erase_if(current_links_, [&](const auto& pending) {
      if (pending.second != text_depth()) return false;
      PageLink& link = content_.links[static_cast<std::size_t>(pending.first)];
      link.block = -1;
      link.text = {};
      return true;
    });
  }

  void shape(PageBlock& block) {
    Block& out = block.block;
    if (context_.side != nullptr) {
      block.boilerplate = true;
      out.reason = context_.side;
    } else if (context_.heading > 0) {
      out.kind = BlockKind::kHeading;
      out.level = context_.heading;
    } else if (context_.verbatim) {
      out.kind = BlockKind::kCode;
      out.language = std::exchange(language_, {});
      trim_lines(block.text);
    } else if (context_.caption) {
      out.kind = BlockKind::kCaption;
    } else if (context_.line_item && !marker_.empty()) {
      out.kind = BlockKind::kListItem;
      out.level = context_.list_depth;
      out.marker = std::exchange(marker_, {});
    } else if (context_.quote_depth > 0) {
      out.kind = BlockKind::kQuote;
      out.level = context_.quote_depth;
    }
  }

  // Code keeps its indentation; the empty lines around it go. Links keep their place, because only
  // white space before the first line is taken off when no link stands in it.
  void trim_lines(std::string& text) {
    while (!text.empty() && is_space(text.back())) text.pop_back();
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size() && is_space(text[i]); ++i) {
      if (text[i] == '\n') begin = i + 1;
    }
    if (begin == 0) return;
    text.erase(0, begin);
    for (const auto& [link, depth] : current_links_) {
      if (depth != text_depth()) continue;
      auto& range = content_.links[static_cast<std::size_t>(link)].text;
      range.begin -= std::min<std::uint32_t>(range.begin, static_cast<std::uint32_t>(begin));
      range.end -= std::min<std::uint32_t>(range.end, static_cast<std::uint32_t>(begin));
    }
  }

  std::uint32_t add_table(std::uint32_t index, DataTable table) {
    flush();
    for (const auto& uncounted : table.uncounted) content_.uncounted.push_back(uncounted);
    for (auto& caption : table.captions) {
      PageBlock block;
      block.node = index;
      block.block.kind = BlockKind::kCaption;
      block.characters = static_cast<std::uint32_t>(caption.size());
      block.text = std::move(caption);
      content_.blocks.push_back(std::move(block));
    }
    const auto at = static_cast<std::int32_t>(content_.blocks.size());
    for (auto& link : table.links) {
      if (link.cell >= 0) link.block = at;
      content_.links.push_back(link);
    }
    if (table.characters > 0) {
      PageBlock block;
      block.node = index;
      block.block.kind = BlockKind::kTable;
      block.characters = table.characters;
      block.link_characters = table.link_characters;
      block.table = std::move(table.table);
      block.cells = std::move(table.texts);
      content_.blocks.push_back(std::move(block));
    }
    return dom_[index].end;
  }

  static constexpr std::int32_t kCurrentBlock = INT32_MAX;

  const Dom& dom_;
  const Limits& limits_;
  PageContent content_;
  Context context_;
  std::vector<Open> open_;
  std::vector<List> lists_;
  InlineText text_;
  std::string marker_;    // of the list item whose first block is still to come
  std::string language_;  // of the code that is open
  std::vector<std::string> marker_held_;
  std::int32_t link_ = -1;
  std::size_t link_begin_ = 0;
  std::vector<std::pair<std::int32_t, std::size_t>> current_links_;
};

}  // namespace

PageContent collect_blocks(const Dom& dom, const Limits& limits) {
  return Collector(dom, limits).run();
}

bool is_block_level(Tag tag) {
  switch (tag) {
    case Tag::kText:
    case Tag::kOther:
    case Tag::kA:
    case Tag::kArea:
    case Tag::kB:
    case Tag::kBr:
    case Tag::kCode:
    case Tag::kEmbed:
    case Tag::kImg:
    case Tag::kLink:
    case Tag::kMap:
    case Tag::kMath:
    case Tag::kMathAnnotation:
    case Tag::kRp:
    case Tag::kSpan:
    case Tag::kStrong:
    case Tag::kSvg:
    case Tag::kTime:
      return false;
    default:
      return true;
  }
}

}  // namespace docmill::document::html
