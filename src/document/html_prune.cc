// SPDX-License-Identifier: Apache-2.0
#include "document/html_prune.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "document/html_hints.h"
#include "document/html_prose.h"

namespace docmill::document::html {
namespace {

constexpr std::size_t kDateLineLength = 60;  // bytes
constexpr std::size_t kCreditLength = 160;
constexpr std::size_t kCreditNameLength = 20;
constexpr std::size_t kLabelLength = 80;
constexpr double kLoneDensityMax = 0.8;     // of one linked block between others
constexpr double kHeadingDensityMax = 0.9;  // of a heading: a teaser's
constexpr std::uint32_t kBoxBlocksMax = 40;
constexpr double kTitledShareMax = 0.2;  // of the prose, for a box with a telling title
constexpr double kTeaserShareMax = 0.4;  // of the prose; with more the page is a list of posts

struct BoxTitle {
  std::string_view folded;
  const char* reason;
};

// The titles of boxes that stand beside a text, as sites all over write them.
constexpr BoxTitle kBoxTitles[] = {
    {"abouttheauthor", "byline"},
    {"author", "byline"},
    {"autor", "byline"},
    {"autorin", "byline"},
    {"überdenautor", "byline"},
    {"Überdenautor", "byline"},
    {"Überdieautorin", "byline"},
    {"Àproposdelauteur", "byline"},
    {"advertisement", "advert"},
    {"anzeige", "advert"},
    {"werbung", "advert"},
    {"publicité", "advert"},
    {"alsointeresting", "related"},
    {"articlessimilaires", "related"},
    {"auchinteressant", "related"},
    {"daskönntedichauchinteressieren", "related"},
    {"daskönntesieauchinteressieren", "related"},
    {"lesensieauch", "related"},
    {"mehrzumthema", "related"},
    {"moreonthistopic", "related"},
    {"morestories", "related"},
    {"readnext", "related"},
    {"relatedarticles", "related"},
    {"relatedcontent", "related"},
    {"relatedlinks", "related"},
    {"relatedposts", "related"},
    {"relatedstories", "related"},
    {"weitereartikel", "related"},
    {"weiterebeiträge", "related"},
    {"youmayalsolike", "related"},
    {"youmightalsolike", "related"},
    {"Àlireaussi", "related"},
    {"Ähnlicheartikel", "related"},
    {"Ähnlichebeiträge", "related"},
    {"artikelteilen", "share"},
    {"beitragteilen", "share"},
    {"partager", "share"},
    {"sharethis", "share"},
    {"sharethisarticle", "share"},
    {"teilen", "share"},
    {"leaveacomment", "comments"},
    {"leaveareply", "comments"},
    {"schreibeeinenkommentar", "comments"},
};

const char* reason_of_title(const std::string& folded) {
  const auto* found = std::ranges::find(kBoxTitles, folded, &BoxTitle::folded);
  return found == std::end(kBoxTitles) ? nullptr : found->reason;
}

// "example.org" of "https://www.example.org/page"; empty for an address relative to the page.
std::string_view host_of(std::string_view address) {
  const auto at = address.find("//");
  if (at == std::string_view::npos || at > 6) return {};
  address.remove_prefix(at + 2);
  address = address.substr(0, address.find_first_of("/?#:"));
  if (address.starts_with("www.")) address.remove_prefix(4);
  return address;
}

// The host that the page says it is at.
std::string_view own_host(const Dom& dom) {
  for (const auto& node : dom.nodes()) {
    std::string_view host;
    if (node.tag == Tag::kLink && has_word(dom.attribute(node, Attribute::kRel), "canonical")) {
      host = host_of(dom.attribute(node, Attribute::kHref));
    } else if (node.tag == Tag::kMeta && dom.attribute(node, Attribute::kProperty) == "og:url") {
      host = host_of(dom.attribute(node, Attribute::kContent));
    }
    if (!host.empty()) return host;
  }
  return {};
}

class Pruner {
 public:
  Pruner(const Dom& dom, PageContent& content, std::uint32_t main)
      : dom_(dom), blocks_(content.blocks), main_(main) {
    find_sources(content);
  }

  void run() {
    find_ranges();
    drop_small_print();
    drop_titled_boxes();
    drop_teasers();
    drop_link_lists();
    drop_repeated();
    drop_labels();
    drop_empty_headings();
  }

 private:
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  static bool is_body(const PageBlock& block) { return block.block.layer == Layer::kBody; }

  static void drop(PageBlock& block, const char* reason) {
    block.block.layer = Layer::kFurniture;
    block.block.reason = reason;
  }

  // The line with the date before the text, and lines that only say whose a picture is.
  void drop_small_print() {
    bool begun = false;
    for (auto& block : blocks_) {
      Block& out = block.block;
      if (out.layer != Layer::kBody || out.kind == BlockKind::kTable) continue;
      const char* reason = nullptr;
      if (out.kind == BlockKind::kParagraph && !begun && is_date_line(block.text)) {
        reason = "byline";
      } else if (out.kind != BlockKind::kHeading && out.kind != BlockKind::kCode &&
                 is_credit(block.text)) {
        reason = "credit";
      }
      begun = begun || prose_of(block) >= kParagraphLength;
      if (reason == nullptr) continue;
      drop(block, reason);
    }
  }

  static bool is_date_line(std::string_view text) {
    if (text.size() > kDateLineLength) return false;
    const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
    const bool separated = text.find_first_of(".:/-,") != std::string_view::npos;
    return separated && digits >= 3 && static_cast<std::size_t>(digits) * 5 >= text.size();
  }

  static bool is_credit(std::string_view text) {
    if (text.size() > kCreditLength) return false;
    while (text.starts_with('(') || text.starts_with('[')) text.remove_prefix(1);
    if (text.starts_with("©") || text.starts_with("Photo by ")) return true;
    // "Photo: …", "Featured image: …": what it is, and whose.
    constexpr std::string_view kNames[] = {
        "beitragsbild",  "bild",   "bilder",  "bildnachweis", "bildquelle", "credit", "credits",
        "featuredimage", "foto",   "fotos",   "illustration", "image",      "images", "photo",
        "photocredit",   "photos", "picture", "titelbild"};
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && colon <= kCreditNameLength &&
        std::ranges::find(kNames, fold(text.substr(0, colon))) != std::end(kNames)) {
      return true;
    }
    return text.find(" © ") != std::string_view::npos;
  }

  // Runs of blocks that are mostly links: teasers, menus without a name. A single link between
  // paragraphs is part of what they say.
  void drop_link_lists() {
    for (std::size_t i = 0; i < blocks_.size();) {
      std::size_t end = i;
      while (end < blocks_.size() && is_linked(blocks_[end])) ++end;
      const bool list = end > i && blocks_[i].block.kind == BlockKind::kListItem;
      const bool alone = end == i + 1;
      if (end > i && (alone ? !list && !is_told(blocks_[i]) : true)) {
        for (std::size_t k = i; k < end; ++k) {
          drop(blocks_[k], "link_density");
        }
      }
      i = std::max(end, i + 1);
    }
  }

  // A link alone that says where it leads, or that stands in a sentence.
  static bool is_told(const PageBlock& block) {
    if (block.block.kind == BlockKind::kHeading) return true;
    if (block.text.find(' ') == std::string::npos) return true;
    return link_density(block) < kLoneDensityMax &&
           (block.characters >= kParagraphLength || has_sentence(block.text));
  }

  // Paragraphs that lead to other sites only: sources and references, not the site's own teasers.
  void find_sources(const PageContent& content) {
    source_.assign(blocks_.size(), false);
    const std::string_view own = own_host(dom_);
    if (own.empty()) return;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      source_[i] =
          dom_[blocks_[i].node].tag == Tag::kP && blocks_[i].block.kind == BlockKind::kParagraph;
    }
    for (const auto& link : content.links) {
      if (link.block < 0) continue;
      const std::string_view host = host_of(link.href);
      const bool foreign = !host.empty() && !host.ends_with(own) && !own.ends_with(host);
      if (!foreign) source_[static_cast<std::size_t>(link.block)] = false;
    }
  }

  bool is_linked(const PageBlock& block) const {
    const BlockKind kind = block.block.kind;
    if (source_[static_cast<std::size_t>(&block - blocks_.data())]) return false;
    return block.block.layer == Layer::kBody && kind != BlockKind::kCode &&
           kind != BlockKind::kTable &&
           link_density(block) >
               (kind == BlockKind::kHeading ? kHeadingDensityMax : kLinkDensityMax);
  }

  // A heading whose section went is the name of that section.
  void drop_empty_headings() {
    bool body_follows = false;
    bool furniture_follows = false;
    for (std::size_t i = blocks_.size(); i-- > 0;) {
      Block& out = blocks_[i].block;
      if (out.layer == Layer::kFurniture) {
        furniture_follows = !body_follows;
        continue;
      }
      const bool announces = out.kind == BlockKind::kParagraph && blocks_[i].characters < 60 &&
                             blocks_[i].text.ends_with(':') && i + 1 < blocks_.size() &&
                             blocks_[i + 1].block.reason == "link_density";
      if (announces) {
        drop(blocks_[i], "link_density");
        continue;
      }
      const bool sentence = blocks_[i].text.ends_with('.');  // a quotation set large
      if (out.kind == BlockKind::kHeading && !sentence && !body_follows && furniture_follows &&
          out.level > 1) {
        drop(blocks_[i], "empty_section");
        continue;
      }
      body_follows = out.kind != BlockKind::kHeading || body_follows;
      furniture_follows = false;
    }
  }

  // Boxes whose first line says what they are: the author, other articles, a form.
  void drop_titled_boxes() {
    const std::uint64_t prose = prose_in(ranges_[main_]);
    for (auto& block : blocks_) {
      if (!is_body(block) || !is_label(block)) continue;
      const char* reason = reason_of_title(fold(block.text));
      if (reason == nullptr) continue;
      if (block.block.kind == BlockKind::kParagraph) drop(block, reason);
      const Range box = box_titled_by(block);
      if (static_cast<double>(prose_in(box)) > kTitledShareMax * static_cast<double>(prose))
        continue;
      for (std::uint32_t i = box.begin; i < box.end; ++i) {
        if (is_body(blocks_[i])) drop(blocks_[i], reason);
      }
    }
  }

  // The blocks of the nearest element with more than this block, if it begins with it.
  Range box_titled_by(const PageBlock& block) const {
    const auto index = static_cast<std::uint32_t>(&block - blocks_.data());
    for (std::uint32_t box = block.node; box > main_; box = dom_[box].parent) {
      const Range range = ranges_[box];
      if (range.end - range.begin < 2) continue;
      return range.begin == index && range.end - range.begin <= kBoxBlocksMax ? range : Range{};
    }
    return {};
  }

  std::uint64_t prose_in(Range range) const {
    std::uint64_t prose = 0;
    for (std::uint32_t i = range.begin; i < range.end; ++i) prose += body_prose(blocks_[i]);
    return prose;
  }

  // What is furniture in one place is furniture in the others ("Advertisement", "Print this page").
  void drop_repeated() {
    std::unordered_set<std::string_view> furniture;
    for (const auto& block : blocks_) {
      if (!is_body(block) && block.text.size() <= kLabelLength) furniture.insert(block.text);
    }
    for (auto& block : blocks_) {
      const bool plain = block.block.kind == BlockKind::kParagraph;
      if (is_body(block) && plain && furniture.contains(block.text)) drop(block, "repeated");
    }
  }

  // Short lines of a box that holds more furniture than them: its title, its "more".
  void drop_labels() {
    for (auto& block : blocks_) {
      if (is_body(block) && is_label(block) && stands_in_furniture(block)) {
        drop(block, "empty_section");
      }
    }
  }

  static bool is_label(const PageBlock& block) {
    const BlockKind kind = block.block.kind;
    return kind != BlockKind::kTable && kind != BlockKind::kCode &&
           block.text.size() <= kLabelLength && !has_sentence(block.text);
  }

  // The nearest element with more than this block decides.
  bool stands_in_furniture(const PageBlock& block) const {
    for (std::uint32_t box = block.node; box > main_; box = dom_[box].parent) {
      const Range range = ranges_[box];
      if (range.end - range.begin < 2) continue;
      if (range.end - range.begin > kBoxBlocksMax) return false;
      std::size_t labels = 0;
      std::size_t furniture = 0;
      for (std::uint32_t i = range.begin; i < range.end; ++i) {
        if (is_body(blocks_[i]) && !is_label(blocks_[i])) return false;
        (is_body(blocks_[i]) ? labels : furniture) += blocks_[i].characters;
      }
      return furniture > labels;
    }
    return false;
  }

  // Which blocks stand in each element: they are in document order.
  void find_ranges() {
    ranges_.resize(dom_.nodes().size());
    for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
      std::uint32_t node = blocks_[i].node;
      while (true) {
        Range& range = ranges_[node];
        if (range.end == 0) range.begin = i;
        range.end = i + 1;
        if (node == 0) break;
        node = dom_[node].parent;
      }
    }
  }

  // Elements side by side whose headings lead elsewhere, unless they are what the page is made of.
  void drop_teasers() {
    const std::uint64_t prose = prose_in(ranges_[main_]);
    for (std::uint32_t box = main_; box < dom_[main_].end; ++box) {
      const std::vector<std::uint32_t> teasers = teasers_in(box);
      if (teasers.size() < 2) continue;
      std::uint64_t told = 0;
      for_each_block(teasers, [&](PageBlock& block) { told += body_prose(block); });
      if (static_cast<double>(told) > kTeaserShareMax * static_cast<double>(prose)) continue;
      for_each_block(teasers, [&](PageBlock& block) {
        if (is_body(block)) drop(block, "related");
      });
    }
  }

  template <typename Visit>
  void for_each_block(const std::vector<std::uint32_t>& elements, Visit visit) {
    for (const auto element : elements) {
      const Range range = ranges_[element];
      for (std::uint32_t i = range.begin; i < range.end; ++i) visit(blocks_[i]);
    }
  }

  static std::uint32_t body_prose(const PageBlock& block) {
    return is_body(block) ? prose_of(block) : 0;
  }

  std::vector<std::uint32_t> teasers_in(std::uint32_t box) const {
    std::vector<std::uint32_t> teasers;
    if (dom_[box].tag == Tag::kText || ranges_[box].end - ranges_[box].begin < 4) return teasers;
    for (std::uint32_t i = box + 1; i < dom_[box].end; i = dom_[i].end) {
      if (dom_[i].tag != Tag::kText && is_teaser(ranges_[i])) teasers.push_back(i);
    }
    return teasers;
  }

  // Its one heading is a link.
  bool is_teaser(Range range) const {
    if (range.end - range.begin > kBoxBlocksMax) return false;
    bool led = false;
    for (std::uint32_t i = range.begin; i < range.end; ++i) {
      if (blocks_[i].block.kind != BlockKind::kHeading) continue;
      if (led || link_density(blocks_[i]) <= kHeadingDensityMax) return false;
      led = true;
    }
    return led;
  }

  const Dom& dom_;
  std::vector<PageBlock>& blocks_;
  std::uint32_t main_;
  std::vector<bool> source_;   // of each block
  std::vector<Range> ranges_;  // of blocks, for each node
};

}  // namespace

void prune(const Dom& dom, PageContent& content, std::uint32_t main) {
  Pruner(dom, content, main).run();
}

}  // namespace docmill::document::html
