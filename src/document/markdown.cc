// SPDX-License-Identifier: Apache-2.0
#include <md4c.h>

#include <algorithm>

#include "document/builder.h"
#include "document/charset.h"
#include "document/extract.h"
#include "document/front_matter.h"
#include "document/markup_text.h"

namespace docmill::document {
namespace {

std::string_view view_of(const MD_ATTRIBUTE& attribute) { return {attribute.text, attribute.size}; }

// Makes blocks from the events of md4c. Markup is not text; what counts as seen is the text that
// md4c delivers, raw HTML and front matter. Raw HTML gives its text to the body, its tags to
// `invisible`.
class MarkdownWalk {
 public:
  MarkdownWalk(Builder& builder, const Limits& limits, std::string_view text, std::size_t offset,
               bool source)
      : builder_(builder), limits_(limits), text_(text), offset_(offset), source_(source) {}

  Status run() {
    MD_PARSER parser{};
    parser.flags = MD_DIALECT_GITHUB;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
      return static_cast<MarkdownWalk*>(self)->enter_block(type, detail);
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* self) {
      return static_cast<MarkdownWalk*>(self)->leave_block(type);
    };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* self) {
      return static_cast<MarkdownWalk*>(self)->enter_span(type, detail);
    };
    parser.leave_span = [](MD_SPANTYPE type, void*, void* self) {
      return static_cast<MarkdownWalk*>(self)->leave_span(type);
    };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
      return static_cast<MarkdownWalk*>(self)->add_text(type, {text, size});
    };
    int code = md_parse(text_.data(), static_cast<MD_SIZE>(text_.size()), &parser, this);
    if (failure_) return fail(*failure_);
    if (code != 0) return fail(ErrorCode::kInternal, "the Markdown parser ran out of memory");
    return {};
  }

  const std::string& first_title() const { return first_title_; }

 private:
  struct Container {
    MD_BLOCKTYPE type;
    unsigned number = 0;  // of the next item in an ordered list
    char delimiter = '.';
    std::string marker;  // of an item, until its first block took it
  };
  struct PendingLink {
    std::string href;
    std::uint32_t begin, end;
    std::size_t cell;
  };

  int fail_with(Error error) {
    if (!failure_) failure_ = std::move(error);
    return 1;
  }

  int enter_block(MD_BLOCKTYPE type, void* detail) {
    switch (type) {
      case MD_BLOCK_QUOTE:
      case MD_BLOCK_UL:
      case MD_BLOCK_OL:
      case MD_BLOCK_LI:
        return enter_container(type, detail);
      case MD_BLOCK_H:
      case MD_BLOCK_P:
      case MD_BLOCK_CODE:
      case MD_BLOCK_HTML:
        if (int code = flush()) return code;
        leaf_ = type;
        if (type == MD_BLOCK_H)
          level_ = static_cast<std::uint8_t>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
        if (type == MD_BLOCK_CODE)
          language_ =
              entities_.decode_all(view_of(static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->lang));
        stripper_ = {};
        return 0;
      case MD_BLOCK_TABLE:
        if (int code = flush()) return code;
        row_ = -1;
        return 0;
      case MD_BLOCK_TR:
        ++row_;
        column_ = 0;
        return 0;
      default:
        return 0;
    }
  }

  int enter_container(MD_BLOCKTYPE type, void* detail) {
    if (int code = flush()) return code;
    Container container{.type = type};
    if (type == MD_BLOCK_OL) {
      auto* list = static_cast<MD_BLOCK_OL_DETAIL*>(detail);
      container.number = list->start;
      container.delimiter = list->mark_delimiter;
    } else if (type == MD_BLOCK_LI) {
      auto* item = static_cast<MD_BLOCK_LI_DETAIL*>(detail);
      container.marker = "•";
      if (!containers_.empty() && containers_.back().type == MD_BLOCK_OL)
        container.marker =
            std::to_string(containers_.back().number++) + containers_.back().delimiter;
      if (item->is_task) container.marker = item->task_mark == ' ' ? "[ ]" : "[x]";
    }
    containers_.push_back(std::move(container));
    if (containers_.size() > limits_.xml_depth)
      return fail_with(Error(ErrorCode::kTooLarge, "lists and quotes nest over the limit xml_depth",
                             "limit_xml_depth"));
    return 0;
  }

  int leave_block(MD_BLOCKTYPE type) {
    switch (type) {
      case MD_BLOCK_QUOTE:
      case MD_BLOCK_UL:
      case MD_BLOCK_OL:
      case MD_BLOCK_LI: {
        int code = flush();
        containers_.pop_back();
        return code;
      }
      case MD_BLOCK_H:
      case MD_BLOCK_P:
      case MD_BLOCK_CODE:
      case MD_BLOCK_HTML:
        return flush();
      case MD_BLOCK_TH:
      case MD_BLOCK_TD:
        table_.cells.push_back({.row = static_cast<std::uint32_t>(row_),
                                .column = column_++,
                                .header = type == MD_BLOCK_TH});
        cells_.push_back(std::move(pending_));
        pending_.clear();
        return 0;
      case MD_BLOCK_TABLE:
        return flush_table();
      default:
        return 0;
    }
  }

  int enter_span(MD_SPANTYPE type, void* detail) {
    if (type == MD_SPAN_A)
      links_.push_back({entities_.decode_all(view_of(static_cast<MD_SPAN_A_DETAIL*>(detail)->href)),
                        position(), position(), cells_.size()});
    return 0;
  }

  int leave_span(MD_SPANTYPE type) {
    if (type == MD_SPAN_A && !links_.empty()) links_.back().end = position();
    return 0;
  }

  int add_text(MD_TEXTTYPE type, std::string_view text) {
    note_source(text);
    switch (type) {
      case MD_TEXT_NULLCHAR:
        pending_ += "\uFFFD";
        return 0;
      case MD_TEXT_BR:
        pending_ += '\n';
        return 0;
      case MD_TEXT_SOFTBR:
        pending_ += ' ';
        return 0;
      case MD_TEXT_ENTITY:
        pending_ += entities_.decode(text);
        return 0;
      case MD_TEXT_HTML:
        return add_html(text);
      default:
        pending_ += text;
        return 0;
    }
  }

  int add_html(std::string_view html) {
    if (leaf_ != MD_BLOCK_HTML) stripper_ = {};  // inline: one tag or comment at a time
    std::string text;
    std::string markup;
    stripper_.feed(html, text, markup);
    pending_ += leaf_ == MD_BLOCK_HTML ? entities_.decode_all(text) : text;
    builder_.count_invisible(markup);
    return 0;
  }

  // Where the text of the block at hand lies in the original; md4c points into its input.
  void note_source(std::string_view text) {
    if (!source_ || text.data() < text_.data() || text.data() >= text_.data() + text_.size())
      return;
    auto begin =
        static_cast<std::uint32_t>(offset_ + static_cast<std::size_t>(text.data() - text_.data()));
    auto end = begin + static_cast<std::uint32_t>(text.size());
    source_range_ = source_range_ ? TextRange{std::min(source_range_->begin, begin),
                                              std::max(source_range_->end, end)}
                                  : TextRange{begin, end};
  }

  std::uint32_t position() const { return static_cast<std::uint32_t>(pending_.size()); }

  std::uint8_t depth_of(MD_BLOCKTYPE type) const {
    auto count =
        std::ranges::count_if(containers_, [&](const Container& c) { return c.type == type; });
    return static_cast<std::uint8_t>(std::min<std::ptrdiff_t>(count, UINT8_MAX));
  }

  Block make_block() {
    Block block;
    block.source = std::exchange(source_range_, std::nullopt);
    if (leaf_ == MD_BLOCK_H) {
      block.kind = BlockKind::kHeading;
      block.level = level_;
    } else if (leaf_ == MD_BLOCK_CODE) {
      block.kind = BlockKind::kCode;
      block.language = std::move(language_);
    } else if (!containers_.empty() && containers_.back().type == MD_BLOCK_QUOTE) {
      block.kind = BlockKind::kQuote;
      block.level = depth_of(MD_BLOCK_QUOTE);
    } else if (!containers_.empty()) {
      block.kind = BlockKind::kListItem;
      block.level = depth_of(MD_BLOCK_LI);
      block.marker = std::exchange(containers_.back().marker, "");
    }
    return block;
  }

  // The text collected so far becomes a block; in a tight list that is the item's own text.
  int flush() {
    bool white = count_characters(pending_) == 0;
    if (!white) {
      if (leaf_ == MD_BLOCK_CODE || leaf_ == MD_BLOCK_HTML)
        while (pending_.back() == '\n') pending_.pop_back();
      if (leaf_ == MD_BLOCK_H && level_ == 1 && first_title_.empty()) first_title_ = pending_;
      auto added = builder_.add_block(make_block(), pending_);
      if (!added) return fail_with(added.error());
      if (*added >= 0)
        add_links(builder_.document().blocks[static_cast<std::size_t>(*added)].text.begin);
    }
    links_.clear();
    pending_.clear();
    source_range_.reset();
    leaf_ = MD_BLOCK_DOC;
    return 0;
  }

  void add_links(std::uint32_t base) {
    for (PendingLink& link : links_)
      builder_.add_link({.href = std::move(link.href),
                         .text = {base + link.begin, base + link.end},
                         .relation = "a"});
  }

  int flush_table() {
    Block block{.kind = BlockKind::kTable};
    block.source = std::exchange(source_range_, std::nullopt);
    auto added = builder_.add_table(std::move(block), std::exchange(table_, {}), cells_);
    if (!added) return fail_with(added.error());
    if (*added >= 0) {
      const Table& table = builder_.document().tables.back();
      for (PendingLink& link : links_) {
        TextRange cell = table.cells[link.cell].text;
        builder_.add_link({.href = std::move(link.href),
                           .text = {cell.begin + link.begin, cell.begin + link.end},
                           .relation = "a"});
      }
    }
    cells_.clear();
    links_.clear();
    return 0;
  }

  Builder& builder_;
  const Limits& limits_;
  std::string_view text_;
  std::size_t offset_;
  bool source_;
  std::optional<Error> failure_;
  EntityDecoder entities_;
  TagStripper stripper_;
  std::vector<Container> containers_;
  MD_BLOCKTYPE leaf_ = MD_BLOCK_DOC;
  std::uint8_t level_ = 0;
  std::string language_;
  std::string pending_;
  std::vector<PendingLink> links_;
  std::optional<TextRange> source_range_;
  std::string first_title_;
  int row_ = -1;
  std::uint32_t column_ = 0;
  Table table_;
  std::vector<std::string> cells_;
};

}  // namespace

Result<Document> parse_markdown(const ExtractInput& input, const Limits& limits) {
  if (input.bytes.size() > limits.input_bytes)
    return fail(ErrorCode::kTooLarge, "file is over the limit input_bytes", "limit_input_bytes");
  DecodedText decoded = decode_text(input.bytes, {input.declared_charset});
  Builder builder("text/markdown", "markdown/1", limits);
  builder.document().charset = decoded.charset;
  for (const std::string& warning : decoded.warnings) builder.warn(warning);

  FrontMatter front = read_front_matter(decoded.text, limits);
  builder.count_invisible(std::string_view(decoded.text).substr(0, front.size));
  for (const auto& [name, value] : front.fields) builder.set_metadata(name, value);
  builder.document().title = front.title;
  builder.document().language = front.language;

  std::string_view body = std::string_view(decoded.text).substr(front.size);
  MarkdownWalk walk(builder, limits, body, decoded.mark_size + front.size, decoded.same_bytes);
  DOCMILL_TRY_VOID(walk.run());
  if (builder.document().title.empty()) builder.document().title = walk.first_title();
  return builder.finish();
}

}  // namespace docmill::document
