// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "document/builder.h"
#include "document/docx_package.h"
#include "document/docx_styles.h"

namespace docmill::document {

// WordprocessingML to blocks, as a reader sees the document with all changes accepted: inserted
// text stays, deleted text, field codes and hidden runs are counted as invisible. Recursion is as
// deep as the XML, which DocxPackage has bounded.
class DocxContent {
 public:
  explicit DocxContent(Builder& builder);
  ~DocxContent();

  DocxStyles& styles() { return styles_; }
  DocxNumbering& numbering() { return numbering_; }

  Status add_body(const pugi::xml_node& body, const Relationships& relationships);
  // Footnotes or endnotes: one block a note, with the label of its mark in the text.
  Status add_notes(const pugi::xml_node& root, std::string_view type,
                   const Relationships& relationships);
  Status add_furniture(const pugi::xml_node& root, std::string_view reason,
                       const Relationships& relationships);

 private:
  struct Anchor {
    std::string href;
    std::size_t begin = 0, end = 0;  // bytes of the paragraph's text
  };
  struct Paragraph {
    std::string text;
    std::vector<Anchor> anchors;
  };
  struct Cells;

  Status add_blocks(const pugi::xml_node& parent);
  Status add_paragraph(const pugi::xml_node& node);
  Status add_text_boxes();
  Status add_table(const pugi::xml_node& node);
  void add_rows(const pugi::xml_node& parent, Cells& cells);
  void add_row(const pugi::xml_node& row, Cells& cells);
  Block block_of(const pugi::xml_node& properties);
  void add_links(const Paragraph& paragraph, int block);

  void read_inline(const pugi::xml_node& parent, Paragraph& out);
  void read_node(const pugi::xml_node& node, Paragraph& out);
  bool read_character(const pugi::xml_node& node, std::string_view name, Paragraph& out);
  void read_hyperlink(const pugi::xml_node& node, Paragraph& out);
  void read_field_mark(const pugi::xml_node& node);
  void read_symbol(const pugi::xml_node& node, Paragraph& out);
  void read_text(std::string_view text, Paragraph& out);
  std::string flat_text(const pugi::xml_node& parent);
  pugi::xml_node choose_alternative(const pugi::xml_node& node);
  std::string note_label(std::string_view type, std::string_view id);
  bool in_field_code() const { return !fields_.empty() && fields_.back(); }

  Builder& builder_;
  DocxStyles styles_;
  DocxNumbering numbering_;
  const Relationships* relationships_ = nullptr;
  Layer layer_ = Layer::kBody;
  std::string reason_;
  std::vector<bool> fields_;                // open fields, inner last; true while in their code
  std::vector<pugi::xml_node> text_boxes_;  // met in a paragraph, added after it
  std::map<std::string, std::string> note_labels_;
  int hidden_ = 0;
};

}  // namespace docmill::document
