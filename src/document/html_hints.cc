// SPDX-License-Identifier: Apache-2.0
#include "document/html_hints.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "document/html_blocks.h"
#include "document/html_inline.h"

namespace docmill::document::html {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

struct WordRule {
  std::string_view word;
  const char* reason;
  bool strong;
};

// Words of class and id, as sites all over use them. Sorted.
constexpr WordRule kWords[] = {
    {"ad", "advert", true},
    {"addthis", "share", true},
    {"addtoany", "share", true},
    {"adsbygoogle", "advert", true},
    {"ads", "advert", true},
    {"adsense", "advert", true},
    {"advert", "advert", true},
    {"advertisement", "advert", true},
    {"advertising", "advert", true},
    {"anzeige", "advert", true},
    {"anzeigen", "advert", true},
    {"archives", "nav", false},
    {"aside", "sidebar", false},
    {"author", "byline", false},
    {"authors", "byline", false},
    {"autor", "byline", false},
    {"banner", "header", false},
    {"blogroll", "nav", true},
    {"bookmark", "share", false},
    {"breadcrumb", "nav", true},
    {"breadcrumbs", "nav", true},
    {"byline", "byline", true},
    {"bylines", "byline", true},
    {"categories", "tags", false},
    {"colophon", "footer", true},
    {"comment", "comments", true},
    {"commentform", "comments", true},
    {"commentlist", "comments", true},
    {"comments", "comments", true},
    {"consent", "cookie", true},
    {"cookie", "cookie", true},
    {"cookies", "cookie", true},
    {"copyright", "footer", true},
    {"credit", "byline", false},
    {"credits", "byline", false},
    {"crosssell", "related", true},
    {"crossselling", "related", true},
    {"date", "byline", false},
    {"dateline", "byline", true},
    {"datenschutz", "cookie", false},
    {"disclaimer", "footer", false},
    {"disqus", "comments", true},
    {"dropdown", "nav", false},
    {"editsection", "edit_link", true},
    {"feedback", "form", false},
    {"flattr", "share", true},
    {"follow", "share", false},
    {"foot", "footer", false},
    {"footer", "footer", true},
    {"gdpr", "cookie", true},
    {"hatnote", "nav", false},
    {"impressum", "footer", false},
    {"kommentar", "comments", true},
    {"kommentare", "comments", true},
    {"kommentieren", "comments", true},
    {"languages", "nav", false},
    {"linenodiv", "line_numbers", true},
    {"linenos", "line_numbers", true},
    {"lightbox", "popup", false},
    {"login", "form", true},
    {"logo", "header", true},
    {"masthead", "header", true},
    {"menu", "nav", true},
    {"meta", "byline", false},
    {"metadata", "byline", false},
    {"modal", "popup", true},
    {"mostread", "related", true},
    {"nav", "nav", true},
    {"navbar", "nav", true},
    {"navbox", "nav", true},
    {"navfooter", "nav", true},
    {"navheader", "nav", true},
    {"navi", "nav", true},
    {"navigation", "nav", true},
    {"navigationbar", "nav", true},
    {"navlinks", "nav", true},
    {"newsletter", "newsletter", true},
    {"noprint", "nav", false},
    {"outbrain", "related", true},
    {"pagenav", "nav", true},
    {"pager", "nav", true},
    {"pagination", "nav", true},
    {"paywall", "newsletter", false},
    {"pingback", "comments", true},
    {"pingbacks", "comments", true},
    {"pinterest", "share", false},
    {"poll", "form", false},
    {"popular", "related", true},
    {"popup", "popup", true},
    {"postmeta", "byline", true},
    {"postmetadata", "byline", true},
    {"printfooter", "footer", true},
    {"promo", "advert", true},
    {"promos", "advert", true},
    {"promotion", "advert", false},
    {"rail", "sidebar", true},
    {"rating", "form", false},
    {"ratings", "form", false},
    {"recent", "related", false},
    {"recirc", "related", true},
    {"recommend", "related", true},
    {"recommendation", "related", true},
    {"recommendations", "related", true},
    {"recommended", "related", true},
    {"related", "related", true},
    {"relatedposts", "related", true},
    {"relations", "nav", false},
    {"replies", "comments", true},
    {"respond", "comments", true},
    {"rss", "share", false},
    {"search", "form", false},
    {"searchbox", "form", true},
    {"searchform", "form", true},
    {"share", "share", true},
    {"shareaholic", "share", true},
    {"sharebar", "share", true},
    {"sharedaddy", "share", true},
    {"sharing", "share", true},
    {"shariff", "share", true},
    {"sidebar", "sidebar", true},
    {"sidebars", "sidebar", true},
    {"signup", "newsletter", true},
    {"similar", "related", true},
    {"sitemap", "nav", false},
    {"skiplink", "nav", true},
    {"skiplinks", "nav", true},
    {"social", "share", true},
    {"socialmedia", "share", true},
    {"sphinxsidebar", "sidebar", true},
    {"sponsor", "advert", true},
    {"sponsored", "advert", true},
    {"submenu", "nav", true},
    {"subscribe", "newsletter", true},
    {"subscription", "newsletter", true},
    {"taboola", "related", true},
    {"tagcloud", "nav", true},
    {"taglist", "tags", true},
    {"tags", "tags", true},
    {"teaser", "related", false},
    {"teasers", "related", false},
    {"timestamp", "byline", false},
    {"toc", "toc", false},
    {"toctree", "toc", false},
    {"toolbar", "nav", true},
    {"tooltip", "popup", false},
    {"topbar", "nav", true},
    {"trackback", "comments", true},
    {"trackbacks", "comments", true},
    {"trending", "related", true},
    {"upsell", "related", true},
    {"werbung", "advert", true},
    {"widget", "sidebar", false},
    {"widgets", "sidebar", true},
    {"yarpp", "related", true},
    {"readmore", "related", false},
    {"crumb", "nav", true},
    {"crumbs", "nav", true},
    {"captcha", "form", true},
    {"entrymeta", "byline", true},
    {"trustbadge", "footer", true},
    {"adunit", "advert", true},
    {"actions", "form", false},
    {"reply", "comments", false},
    {"language", "nav", false},
    {"legal", "footer", false},
    {"overlay", "popup", false},
    {"archive", "nav", false},
    {"bottom", "footer", false},
};

const WordRule* find_rule(std::string_view word) {
  struct Index {
    std::array<WordRule, std::size(kWords)> rules;
    Index() {
      std::ranges::copy(kWords, rules.begin());
      std::ranges::sort(rules, {}, &WordRule::word);
    }
  };
  static const Index index;
  const auto found = std::ranges::lower_bound(index.rules, word, {}, &WordRule::word);
  return found != index.rules.end() && found->word == word ? &*found : nullptr;
}

// "next-post", "moreStories", "nextstory": pages other than this one.
bool is_other_pages(std::string_view previous, std::string_view word) {
  constexpr std::string_view kOther[] = {"further", "interesting", "latest", "more",
                                         "next",    "other",       "prev",   "previous"};
  constexpr std::string_view kPages[] = {"article", "articles", "link",    "links", "news",
                                         "post",    "posts",    "stories", "story", "topics"};
  const auto is_page = [&](std::string_view name) {
    return std::ranges::find(kPages, name) != std::end(kPages);
  };
  return std::ranges::any_of(kOther, [&](std::string_view other) {
    return (previous == other && is_page(word)) ||
           (word.starts_with(other) && is_page(word.substr(other.size())));
  });
}

// Words that change what the next one means: "has-sidebar" is the page beside one.
bool negates(std::string_view word) {
  return word == "has" || word == "no" || word == "with" || word == "without" || word == "not" ||
         word == "is" || word == "non" || word == "wrap" || word == "above" || word == "below";
}

// Calls visit(word, previous) for each lower-case word of a class or id value, split at anything
// that is no letter or digit and where small letters meet a capital.
template <typename Visit>
void for_each_word(std::string_view value, Visit visit) {
  std::string previous;
  std::string word;
  const auto emit = [&] {
    if (word.empty()) return;
    visit(std::string_view(word), std::string_view(previous));
    previous.swap(word);
    word.clear();
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (!is_alnum(c)) {
      emit();
      if (is_space(c)) previous.clear();
      continue;
    }
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && i > 0 && value[i - 1] >= 'a' && value[i - 1] <= 'z') emit();
    word += lower(c);
  }
  emit();
}

// Class or id values that mean "the text of this page".
bool is_content_name(std::string_view value) {
  constexpr std::string_view kNames[] = {
      "articlebody", "articlecontent",  "articletext",     "articlemain",    "blogpost",
      "bodycontent", "contentbody",     "documentwrapper", "entry",          "entrycontent",
      "entrytext",   "maincontent",     "maintext",        "mwcontenttext",  "newstext",
      "pagecontent", "postbody",        "postcontent",     "postentry",      "posttext",
      "storybody",   "storycontent",    "theiacontent",    "mwparseroutput", "singlecontent",
      "contentmain", "articlebodytext", "contenttext",     "textbody",       "hentry",
  };
  while (!value.empty()) {
    const std::size_t end = std::min(value.find_first_of(" \t\n\r\f"), value.size());
    std::string name;
    for (const char c : value.substr(0, end)) {
      if (is_alnum(c)) name += lower(c);
    }
    value.remove_prefix(std::min(end + 1, value.size()));
    if (std::ranges::find(kNames, name) != std::end(kNames)) return true;
  }
  return false;
}

Hint furniture(const char* reason, bool strong) { return {Part::kFurniture, strong, reason}; }

Hint hint_of_role(std::string_view role) {
  if (role.empty()) return {};
  if (role == "main" || role == "article") return {Part::kContent, true, nullptr};
  if (role == "navigation" || role == "menu" || role == "menubar" || role == "directory") {
    return furniture("nav", true);
  }
  if (role == "contentinfo") return furniture("footer", true);
  if (role == "complementary") return furniture("sidebar", true);
  if (role == "search") return furniture("form", true);
  if (role == "banner") return furniture("header", true);
  if (role == "dialog" || role == "alertdialog" || role == "tooltip") {
    return furniture("popup", true);
  }
  return {};
}

Hint hint_of_tag(Tag tag) {
  switch (tag) {
    case Tag::kNav:
    case Tag::kMenu:
      return furniture("nav", true);
    case Tag::kFooter:
      return furniture("footer", true);
    case Tag::kAside:
      return furniture("sidebar", true);
    case Tag::kHeader:
      return furniture("header", false);
    case Tag::kSearch:
    case Tag::kButton:
    case Tag::kSelect:
    case Tag::kOption:
    case Tag::kOptgroup:
    case Tag::kDatalist:
    case Tag::kTextarea:
    case Tag::kFieldset:
    case Tag::kLegend:
      return furniture("form", true);
    case Tag::kForm:
      return furniture("form", false);
    case Tag::kAddress:
      return furniture("byline", false);
    case Tag::kMain:
    case Tag::kArticle:
      return {Part::kContent, true, nullptr};
    default:
      return {};
  }
}

// Elements that an author writes inside the text, with names for their look: an id there is an
// anchor that may be any word ("#navigation" in a manual).
bool is_written(const Dom& dom, const Node& node) {
  switch (node.tag) {
    case Tag::kSection:
    case Tag::kH1:
    case Tag::kH2:
    case Tag::kH3:
    case Tag::kH4:
    case Tag::kH5:
    case Tag::kH6:
    case Tag::kDt:
    case Tag::kTr:
    case Tag::kTd:
      return true;
    default:
      break;
  }
  const auto classes = dom.attribute(node, Attribute::kClass);
  return classes.find("sect") != std::string_view::npos ||
         classes.find("chapter") != std::string_view::npos;
}

bool is_admonition(std::string_view classes) {
  bool found = false;
  for_each_word(classes, [&](std::string_view word, std::string_view) {
    found = found || word == "admonition" || word == "note" || word == "tip" || word == "warning" ||
            word == "footnote" || word == "footnotes" || word == "callout" || word == "important" ||
            word == "caution" || word == "citation";
  });
  return found;
}

}  // namespace

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(" \t\n\r\f,"), list.size());
    if (equals_ignoring_case(list.substr(0, end), word)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

Hint hint_of(const Dom& dom, std::uint32_t index) {
  const Node& node = dom[index];
  if (node.tag == Tag::kHtml || node.tag == Tag::kBody) return {};
  const auto classes = dom.attribute(node, Attribute::kClass);
  const auto id = dom.attribute(node, Attribute::kId);
  const auto role = dom.attribute(node, Attribute::kRole);
  if (role.starts_with("doc-footnote") || role == "note") return {};
  if (!classes.empty() && is_admonition(classes)) return {};
  if (const Hint hint = hint_of_role(role); hint.part != Part::kNone) return hint;
  if (const Hint hint = hint_of_tag(node.tag); hint.part != Part::kNone) return hint;
  if (has_word(dom.attribute(node, Attribute::kItemprop), "articleBody")) {
    return {Part::kContent, true, nullptr};
  }
  if (is_content_name(classes) || (!is_written(dom, node) && is_content_name(id))) {
    return {Part::kContent, false, nullptr};
  }
  Hint best;
  const auto look = [&](std::string_view word, std::string_view previous) {
    const WordRule* rule = find_rule(word);
    if (rule == nullptr && !previous.empty()) rule = find_rule(std::string(previous).append(word));
    static constexpr WordRule kOtherPages = {"", "related", true};
    if (rule == nullptr && is_other_pages(previous, word)) rule = &kOtherPages;
    if (rule == nullptr || negates(previous)) return;
    // Page builders call every block a widget of theirs.
    if (word == "widget" && !previous.empty()) return;
    if (best.part == Part::kNone || (rule->strong && !best.strong)) {
      best = Hint{Part::kFurniture, rule->strong, rule->reason, best.by_id};
    }
  };
  for_each_word(classes, look);
  best.by_id = best.part == Part::kNone;
  if (!is_written(dom, node)) for_each_word(id, look);
  return best;
}

const char* side_reason(const Dom& dom, const Node& node, bool in_heading) {
  if (node.attribute_count == 0 || is_block_level(node.tag)) return nullptr;
  const auto classes = dom.attribute(node, Attribute::kClass);
  if (classes.empty()) return nullptr;
  if (classes.find("editsection") != std::string_view::npos) return "edit_link";
  if (has_word(classes, "screen-reader-text") || has_word(classes, "sr-only") ||
      has_word(classes, "visually-hidden") || has_word(classes, "visuallyhidden")) {
    return in_heading ? nullptr : "screen_reader";
  }
  if (has_word(classes, "linenos") || has_word(classes, "lineno")) return "line_numbers";
  return nullptr;
}

bool is_permalink(const Dom& dom, std::uint32_t index) {
  const Node& node = dom[index];
  if (!dom.attribute(node, Attribute::kHref).starts_with('#')) return false;
  std::string text;
  for (std::uint32_t i = index + 1; i < node.end; ++i) {
    if (dom[i].tag != Tag::kText) continue;
    for (const char c : dom[i].text) {
      if (!is_space(c)) text += c;
    }
    if (text.size() > 8) return false;
  }
  const bool symbol = text == "¶" || text == "#" || text == "§" || text == "🔗" ||
                      text == "\uf0c1" || text == "\u200b#" || text == "\u200b";
  return symbol;
}

bool is_invisible(const Dom& dom, const Node& node) {
  switch (node.tag) {
    case Tag::kHead:
    case Tag::kScript:
    case Tag::kStyle:
    case Tag::kTemplate:
    case Tag::kNoscript:
    case Tag::kNoframes:
    case Tag::kIframe:
    case Tag::kObject:
    case Tag::kVideo:
    case Tag::kAudio:
    case Tag::kCanvas:
    case Tag::kTitle:
    case Tag::kMathAnnotation:
    case Tag::kSvgHidden:
    case Tag::kRp:
      return true;
    case Tag::kHtml:
    case Tag::kBody:
      // Hidden as a whole until a script shows it: still the page.
      return false;
    case Tag::kDialog:
      return !dom.has_attribute(node, Attribute::kOpen);
    default:
      break;
  }
  if (node.attribute_count == 0) return false;
  if (dom.has_attribute(node, Attribute::kHidden)) return true;
  if (equals_ignoring_case(dom.attribute(node, Attribute::kAriaHidden), "true")) return true;
  const auto style = dom.attribute(node, Attribute::kStyle);
  if (style.empty()) return false;
  std::string compact;
  for (const char c : style) {
    if (!is_space(c)) compact += lower(c);
  }
  return compact.find("display:none") != std::string::npos ||
         compact.find("visibility:hidden") != std::string::npos;
}

}  // namespace docmill::document::html
