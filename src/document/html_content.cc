// SPDX-License-Identifier: Apache-2.0
#include "document/html_content.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "document/html_hints.h"
#include "document/html_prose.h"
#include "document/html_prune.h"

namespace docmill::document::html {
namespace {

// Shares of the page's prose (see prose_of), found on news, blog, shop and manual pages.
constexpr double kNamedShareMax = 0.4;  // with more in it, the name misleads
constexpr double kTagShareMax = 0.7;    // the same for <nav>, <footer>, <aside>
constexpr double kSmallShareMax = 0.1;  // for advertisements and forms, where longer than
constexpr std::uint64_t kSmallProseMax = 600;
constexpr double kHeadlineShare = 0.1;  // enough beside a headline or a content mark
constexpr double kMainShare = 0.8;  // of the prose, for the smallest element that is the main part
constexpr double kLeadDensityMax = 0.2;  // links in prose that stands beside the main part
constexpr double kMarkedShare = 0.55;    // enough for an element that is marked as content

// Sums over subtrees: nodes are in document order, so a subtree is a difference of prefix sums.
class Sums {
 public:
  explicit Sums(std::size_t nodes) : sums_(nodes + 1, 0) {}
  void add(std::uint32_t node, std::uint64_t value) { sums_[node + 1] += value; }
  void finish() {
    for (std::size_t i = 1; i < sums_.size(); ++i) sums_[i] += sums_[i - 1];
  }
  std::uint64_t of(std::uint32_t node, const Node& element) const {
    return sums_[element.end] - sums_[node];
  }

 private:
  std::vector<std::uint64_t> sums_;
};

// The names that generators of manuals give to the element around what the author wrote: DocBook,
// Sphinx, MkDocs, Docusaurus, rustdoc, Node.js.
bool is_manual_name(std::string_view names) {
  constexpr std::string_view kNames[] = {
      "refentry",   "refsect1",           "sect1",           "sect2",
      "chapter",    "appendix",           "documentwrapper", "rst-content",
      "md-content", "theme-doc-markdown", "docblock",        "apicontent"};
  return std::ranges::any_of(kNames, [&](auto name) { return has_word(names, name); });
}

// Programs that write manuals and nothing else sign their pages.
bool is_manual_generator(std::string_view content) {
  constexpr std::string_view kNames[] = {"asciidoc", "docbook", "docutils", "doxygen", "javadoc",
                                         "makeinfo", "sphinx",  "texi",     "groff"};
  const std::string folded = fold(content.substr(0, content.find_first_of(" \t,;/0123456789")));
  return std::ranges::any_of(kNames, [&](auto name) { return folded.starts_with(name); });
}

class Classifier {
 public:
  Classifier(const Dom& dom, PageContent& content, std::string_view title)
      : dom_(dom),
        content_(content),
        title_(fold(title)),
        part_(dom.nodes().size(), nullptr),
        marked_(dom.nodes().size(), false) {}

  void run() {
    measure();
    find_manual();
    mark_named();
    find_main();
    find_outer();
    find_headline();
    for (auto& block : content_.blocks) decide(block);
    keep_lead();
    // Lists of links, dates and sections without text are written on purpose in a manual.
    if (!manual_) prune(dom_, content_, main_);
    keep_something();
  }

 private:
  void measure() {
    total_ = Sums(dom_.nodes().size());
    for (const auto& block : content_.blocks) total_.add(block.node, prose_of(block));
    total_.finish();
  }

  std::uint64_t all_prose() const { return total_.of(0, dom_[0]); }

  // A header inside the content holds the headline; what else is in it is decided block by block.
  bool in_content(std::uint32_t index) const {
    for (std::uint32_t i = dom_[index].parent; i != 0; i = dom_[i].parent) {
      if (marked_[i]) return true;
    }
    return false;
  }

  static bool is_by_tag(Tag tag) {
    return tag == Tag::kNav || tag == Tag::kFooter || tag == Tag::kAside || tag == Tag::kMenu;
  }

  bool holds_content(std::uint32_t index, bool strong) const {
    const Node& node = dom_[index];
    const auto all = std::max<double>(1, static_cast<double>(all_prose()));
    const double share = static_cast<double>(total_.of(index, node)) / all;
    if (share < kHeadlineShare) return false;
    for (std::uint32_t i = index + 1; i < node.end; ++i) {
      if (dom_[i].tag == Tag::kH1) return share >= kHeadlineShare * (strong ? 3 : 1);
      if (dom_[i].tag == Tag::kArticle || dom_[i].tag == Tag::kMain) return !strong;
    }
    return false;
  }

  bool is_manual_part(std::uint32_t index) const {
    const Node& node = dom_[index];
    if (node.tag != Tag::kDiv && node.tag != Tag::kArticle && node.tag != Tag::kSection) {
      return false;
    }
    return is_manual_name(dom_.attribute(node, Attribute::kClass)) ||
           is_manual_name(dom_.attribute(node, Attribute::kId));
  }

  void find_manual() {
    for (std::uint32_t i = 1; i < dom_.nodes().size() && !manual_; ++i) {
      if (dom_[i].tag == Tag::kMeta) {
        manual_ = fold(dom_.attribute(dom_[i], Attribute::kName)) == "generator" &&
                  is_manual_generator(dom_.attribute(dom_[i], Attribute::kContent));
        continue;
      }
      manual_ = is_manual_part(i) && static_cast<double>(total_.of(i, dom_[i])) >=
                                         kNamedShareMax * static_cast<double>(all_prose());
    }
  }

  // In a manual, a name that only hints is a word of its subject ("date", "actions"); what its
  // generator adds is called navigation or contents.
  bool misleads(std::uint32_t index, const Hint& hint) const {
    if (!manual_) return false;
    const std::string_view reason = hint.reason;
    if (!hint.strong) return reason != "nav" && reason != "toc" && reason != "header";
    // An anchor's name: "config_keep_comments".
    if (hint.by_id && (reason == "comments" || reason == "advert" || reason == "share" ||
                       reason == "related" || reason == "tags")) {
      return true;
    }
    if (dom_[index].tag != Tag::kAside) return false;
    for (std::uint32_t i = dom_[index].parent; i != 0; i = dom_[i].parent) {
      if (dom_[i].tag == Tag::kSection) return true;
    }
    return false;
  }

  // All of a manual's page: its sections are unlike in length.
  void widen() {
    for (std::uint32_t i = main_; i != 0; i = dom_[i].parent) {
      if (marked_[i] || is_manual_part(i)) main_ = i;
    }
  }

  void mark_named() {
    const auto& nodes = dom_.nodes();
    for (std::uint32_t i = 1; i < nodes.size(); ++i) {
      const Node& node = nodes[i];
      if (node.tag == Tag::kText) continue;
      part_[i] = part_[node.parent];
      if (part_[i] != nullptr || !is_block_level(node.tag)) continue;
      const Hint hint = hint_of(dom_, i);
      if (hint.part == Part::kContent) {
        marked_[i] = true;
        continue;
      }
      if (hint.part != Part::kFurniture || misleads(i, hint)) continue;
      const auto share = static_cast<double>(total_.of(i, node)) /
                         std::max<double>(1, static_cast<double>(all_prose()));
      if (share > (is_by_tag(node.tag) ? kTagShareMax : kNamedShareMax)) continue;
      const std::string_view reason = hint.reason;
      const bool small = reason == "advert" || reason == "form";
      if (small && share > kSmallShareMax && total_.of(i, node) > kSmallProseMax) continue;
      // A name does not outdo the page's headline or a marked content inside.
      if (!is_by_tag(node.tag) && holds_content(i, hint.strong)) continue;
      part_[i] = hint.reason;
    }
  }

  std::uint64_t prose(std::uint32_t index) const { return prose_.of(index, dom_[index]); }

  void find_main() {
    prose_ = Sums(dom_.nodes().size());
    for (const auto& block : content_.blocks) {
      if (part_[block.node] == nullptr && !block.boilerplate) {
        prose_.add(block.node, prose_of(block));
      }
    }
    prose_.finish();
    const auto all = static_cast<double>(prose(0));
    main_ = 0;
    if (all == 0) return;
    descend(all * kMainShare);
    // The innermost marked element that still has the larger part of the prose.
    std::uint32_t best = 0;
    for (std::uint32_t i = 1; i < dom_.nodes().size(); ++i) {
      if (!marked_[i] || part_[i] != nullptr) continue;
      const auto share = static_cast<double>(prose(i)) / all;
      if (share < kMarkedShare) continue;
      // Of several that lie side by side (a list of posts) none is the main part alone.
      if (best != 0 && i >= dom_[best].end) continue;
      if (best == 0 || share > kMainShare * static_cast<double>(prose(best)) / all) best = i;
    }
    if (best != 0 && !(main_ > best && main_ < dom_[best].end)) main_ = best;
    if (manual_) widen();
  }

  // From the root to the child that has enough, as long as one has.
  void descend(double enough) {
    std::uint32_t at = 0;
    while (true) {
      std::uint32_t next = 0;
      for (std::uint32_t i = at + 1; i < dom_[at].end; i = dom_[i].end) {
        if (dom_[i].tag != Tag::kText && static_cast<double>(prose(i)) >= enough) next = i;
      }
      if (next == 0 || !is_container(dom_[next].tag)) break;
      at = next;
    }
    main_ = at;
  }

  static bool is_container(Tag tag) {
    switch (tag) {
      case Tag::kP:
      case Tag::kPre:
      case Tag::kUl:
      case Tag::kOl:
      case Tag::kDl:
      case Tag::kTable:
      case Tag::kBlockquote:
      case Tag::kFigure:
        return false;
      default:
        return true;
    }
  }

  bool in_main(std::uint32_t node) const { return node >= main_ && node < dom_[main_].end; }

  // Prose just outside the main part, in the same article: a lead or an afterword.
  bool belongs(const PageBlock& block) const {
    if (block.node < outer_ || block.node >= dom_[outer_].end) return false;
    return prose_of(block) > 0 && link_density(block) < kLeadDensityMax;
  }

  void find_outer() {
    outer_ = main_;
    for (std::uint32_t i = main_; i != 0; i = dom_[i].parent) {
      if (dom_[i].tag == Tag::kArticle) {
        outer_ = i;
        return;
      }
    }
    if (main_ != 0 && dom_[dom_[main_].parent].tag != Tag::kBody) outer_ = dom_[main_].parent;
  }

  // The first heading that the title repeats, or the last h1 before the main part.
  void find_headline() {
    for (std::size_t i = 0; i < content_.blocks.size(); ++i) {
      const auto& block = content_.blocks[i];
      if (block.block.kind != BlockKind::kHeading || block.boilerplate) continue;
      if (block.block.level > 2) continue;
      const std::string text = fold(block.text);
      const bool named = text.size() > 3 && title_.find(text) != std::string::npos;
      if (named && block.block.level == 1) {
        headline_ = static_cast<std::ptrdiff_t>(i);
        return;
      }
    }
  }

  void decide(PageBlock& block) {
    const auto index = &block - content_.blocks.data();
    Block& out = block.block;
    if (block.boilerplate) {
      out.layer = Layer::kFurniture;
      return;
    }
    if (index == headline_) return;
    const char* reason = part_[block.node];
    // The opening of an article often stands in its header.
    if (reason != nullptr && std::string_view(reason) == "header" && in_content(block.node) &&
        (prose_of(block) > 0 || out.kind == BlockKind::kHeading)) {
      reason = nullptr;
    }
    if (reason == nullptr && !in_main(block.node) && !belongs(block)) reason = "outside_main";
    if (reason == nullptr) return;
    out.layer = Layer::kFurniture;
    out.reason = reason;
  }

  // What stands between the page's one h1 and the main part opens the article, though many
  // layouts put it above the column of the text: paragraphs, and one whole sentence.
  void keep_lead() {
    auto& blocks = content_.blocks;
    std::size_t first = 0;
    while (first < blocks.size() && !in_main(blocks[first].node)) ++first;
    std::size_t headline = blocks.size();
    for (std::size_t i = 0; i < first; ++i) {
      const Block& block = blocks[i].block;
      if (block.kind != BlockKind::kHeading || block.level != 1 || blocks[i].boilerplate) continue;
      if (headline != blocks.size()) return;
      headline = i;
    }
    for (std::size_t i = headline; i < first; ++i) {
      Block& out = blocks[i].block;
      const bool lead = i == headline || prose_of(blocks[i]) >= kParagraphLength ||
                        (prose_of(blocks[i]) > 0 && blocks[i].text.ends_with('.')) ||
                        (i == headline + 1 && out.kind == BlockKind::kHeading);
      if (!lead || link_density(blocks[i]) >= kLeadDensityMax) continue;
      if (out.reason != "outside_main" && out.reason != "header") continue;
      out.layer = Layer::kBody;
      out.reason.clear();
    }
  }

  // A page of links only has them for its content.
  void keep_something() {
    for (const auto& block : content_.blocks) {
      const bool heading = block.block.kind == BlockKind::kHeading;
      if (block.block.layer == Layer::kBody && !heading) return;
    }
    for (auto& block : content_.blocks) {
      if (block.boilerplate || part_[block.node] != nullptr) continue;
      block.block.layer = Layer::kBody;
      block.block.reason.clear();
    }
  }

  const Dom& dom_;
  PageContent& content_;
  std::string title_;
  std::vector<const char*> part_;  // reason, inherited from the named ancestor
  std::vector<bool> marked_;
  Sums total_{0};
  Sums prose_{0};
  bool manual_ = false;
  std::uint32_t main_ = 0;
  std::uint32_t outer_ = 0;  // the article around it, or its parent
  std::ptrdiff_t headline_ = -1;
};

}  // namespace

void classify(const Dom& dom, PageContent& content, std::string_view title) {
  Classifier(dom, content, title).run();
}

}  // namespace docmill::document::html
