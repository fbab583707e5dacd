// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "document/extract.h"

namespace docmill::document {
namespace {

using namespace std::string_literals;

std::string zip_entry(const std::string& name, const std::string& data = "") {
  std::string entry = "PK\x03\x04"s + std::string(22, '\0');
  entry += static_cast<char>(name.size());
  entry += '\0';
  entry += "\0\0"s;
  return entry + name + data;
}

struct Case {
  std::string bytes;
  std::string type;
  std::string name = "";
  std::string declared = "";
};

TEST(Sniff, NamesTheTypeThatTheBytesAre) {
  const std::string office = "application/vnd.openxmlformats-officedocument.";
  const Case cases[] = {
      {"", "application/octet-stream"},
      {"%PDF-1.7\n%\xe2\xe3", "application/pdf"},
      {std::string(500, '\n') + "%PDF-1.4\n1 0 obj", "application/pdf"},
      {zip_entry("[Content_Types].xml") + zip_entry("word/document.xml"),
       office + "wordprocessingml.document"},
      {zip_entry("[Content_Types].xml") + zip_entry("xl/workbook.xml"),
       office + "spreadsheetml.sheet"},
      {zip_entry("[Content_Types].xml") + zip_entry("ppt/presentation.xml"),
       office + "presentationml.presentation"},
      {zip_entry("mimetype", "application/epub+zip") + zip_entry("META-INF/"),
       "application/epub+zip"},
      {zip_entry("a.txt"), "application/zip"},
      {"\x1f\x8b\x08", "application/gzip"},
      {"\x89PNG\r\n\x1a\n", "image/png"},
      {"{\\rtf1 x}", "application/rtf"},
      {"<!DOCTYPE html><p>x", "text/html"},
      {"\xef\xbb\xbf \n<!-- a --><HTML>", "text/html"},
      {"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'a'><html>", "text/html"},
      {"\xff\xfe<\0h\0t\0m\0l\0>\0"s, "text/html"},
      {"\xff\xfeh\0i\0"s, "text/plain"},
      {"<?xml version='1.0'?>\n<urlset xmlns='x'>", "application/xml+sitemap"},
      {"<s:sitemapindex xmlns:s='x'>", "application/xml+sitemap"},
      {"<rss version='2.0'>", "application/rss+xml"},
      {"<feed xmlns='http://www.w3.org/2005/Atom'>", "application/atom+xml"},
      {"<?xml version='1.0'?><note/>", "application/xml"},
      {"plain words", "text/plain"},
      {"plain words", "text/markdown", "README.md"},
      {"plain words", "text/markdown", "", "text/markdown; charset=utf-8"},
      {"words <b>x</b>", "text/html", "page.html"},
      {"# A\n\ntext\n\n- a\n- b\n\n[x](y)\n", "text/markdown"},
      {"# a comment\nkey = value\n", "text/plain"},
      {"a\0b"s, "application/octet-stream"},
  };
  for (const auto& [bytes, type, name, declared] : cases) {
    ExtractInput input;
    input.bytes = bytes;
    input.name = name;
    input.declared_media_type = declared;
    EXPECT_EQ(sniff_media_type(input), type) << bytes.substr(0, 40);
  }
}

TEST(Sniff, NameDoesNotOverruleMagicNumbers) {
  ExtractInput input;
  input.bytes = "%PDF-1.7\n1 0 obj";
  input.name = "notes.md";
  input.declared_media_type = "text/html";
  EXPECT_EQ(sniff_media_type(input), "application/pdf");
}

}  // namespace
}  // namespace docmill::document
