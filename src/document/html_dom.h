// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/limits.h"

namespace docmill::document::html {

// The elements that rules name. Everything else is kOther and behaves like a span.
enum class Tag : std::uint8_t {
  kText,
  kOther,
  kA,
  kAddress,
  kArea,
  kArticle,
  kAside,
  kAudio,
  kB,
  kBase,
  kBlockquote,
  kBody,
  kBr,
  kButton,
  kCanvas,
  kCaption,
  kCenter,
  kCode,
  kDatalist,
  kDd,
  kDetails,
  kDialog,
  kDir,
  kDiv,
  kDl,
  kDt,
  kEmbed,
  kFieldset,
  kFigcaption,
  kFigure,
  kFooter,
  kForm,
  kFrame,
  kFrameset,
  kH1,
  kH2,
  kH3,
  kH4,
  kH5,
  kH6,
  kHead,
  kHeader,
  kHgroup,
  kHr,
  kHtml,
  kIframe,
  kImg,
  kLegend,
  kLi,
  kLink,
  kListing,
  kMain,
  kMap,
  kMath,
  kMathAnnotation,
  kMenu,
  kMeta,
  kNav,
  kNoframes,
  kNoscript,
  kObject,
  kOl,
  kOptgroup,
  kOption,
  kP,
  kPlaintext,
  kPre,
  kRp,
  kScript,
  kSearch,
  kSection,
  kSelect,
  kSpan,
  kStrong,
  kStyle,
  kSummary,
  kSvg,
  kSvgHidden,  // <title>, <desc>, <defs>, <metadata> of a graphic
  kTable,
  kTbody,
  kTd,
  kTemplate,
  kTextarea,
  kTfoot,
  kTh,
  kThead,
  kTime,
  kTitle,
  kTr,
  kUl,
  kVideo,
  kXmp,
};

// The attributes that rules read.
enum class Attribute : std::uint8_t {
  kAriaHidden,
  kClass,
  kColspan,
  kContent,
  kDataLanguage,
  kHidden,
  kHref,
  kHttpEquiv,
  kId,
  kItemprop,
  kLang,
  kName,
  kOpen,
  kProperty,
  kRel,
  kReversed,
  kRole,
  kRowspan,
  kScope,
  kSrc,
  kStart,
  kStyle,
  kType,
  kValue,
};

// One element or text node. Nodes lie in document order: the descendants of node i are i+1 … end-1,
// so a subtree is a range and no walk needs a stack of the input's choosing.
struct Node {
  Tag tag = Tag::kOther;
  std::uint16_t depth = 0;
  std::uint32_t parent = 0;
  std::uint32_t end = 0;
  std::uint32_t attributes = 0;  // first index into Dom::attributes
  std::uint32_t attribute_count = 0;
  std::string_view text;  // text nodes only
};

struct AttributeValue {
  Attribute name;
  std::string_view value;
};

// A parsed page (lexbor, WHATWG tree construction, scripting off). Owns the memory that the views
// point into. Comments, processing instructions and doctypes are not in it; the contents of
// <template> are its descendants.
class Dom {
 public:
  // `utf8` need not outlive the call. too_large with "limit_xml_depth" or "limit_output_bytes" (a
  // tree that grows far beyond its source).
  static Result<Dom> parse(std::string_view utf8, const Limits& limits);

  Dom(Dom&&) noexcept;
  Dom& operator=(Dom&&) noexcept;
  ~Dom();

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& operator[](std::uint32_t index) const { return nodes_[index]; }

  // Null data when the attribute is absent; an empty attribute has data.
  std::string_view attribute(const Node& node, Attribute name) const;
  bool has_attribute(const Node& node, Attribute name) const {
    return attribute(node, name).data() != nullptr;
  }

 private:
  struct Tree;
  explicit Dom(std::unique_ptr<Tree> tree);
  Status flatten(const Limits& limits);

  std::unique_ptr<Tree> tree_;
  std::vector<Node> nodes_;
  std::vector<AttributeValue> attributes_;
};

}  // namespace docmill::document::html
