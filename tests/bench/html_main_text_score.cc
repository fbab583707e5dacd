// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "document/extract.h"
#include "document/limits.h"
#include "html_main_text.h"

namespace docmill::bench {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string squeeze(std::string_view text) {
  std::string out;
  bool space = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool no_break = text.substr(i).starts_with("\u00a0");
    if (no_break || text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
      space = true;
      i += no_break ? 1 : 0;
      continue;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    out += text[i];
  }
  return out;
}

std::string body_text(const document::Document& document) {
  std::string text;
  for (const auto& block : document.blocks) {
    if (block.layer != document::Layer::kBody) continue;
    text.append(document.text, block.text.begin, block.text.end - block.text.begin);
    text += '\n';
  }
  return squeeze(text);
}

std::vector<std::string> strings(const boost::json::value& value) {
  std::vector<std::string> out;
  for (const auto& item : value.as_array()) out.emplace_back(item.as_string());
  return out;
}

}  // namespace

std::string main_text_folder() {
  const char* shared = std::getenv("DOCMILL_SHARED_DATA");
  const std::string base =
      shared != nullptr ? shared : std::string(DOCMILL_SOURCE_DIR) + "/../shared/data";
  return base + "/html-main-text";
}

std::vector<MainTextPage> load_main_text_pages() {
  std::vector<MainTextPage> pages;
  const std::string folder = main_text_folder();
  if (!std::filesystem::exists(folder + "/evaldata.json")) return pages;
  const auto data = boost::json::parse(read_file(folder + "/evaldata.json"));
  for (const auto& [url, item] : data.as_object()) {
    MainTextPage page;
    page.file = item.at("file").as_string();
    page.bytes = read_file(folder + "/pages/" + page.file);
    page.with = strings(item.at("with"));
    page.without = strings(item.at("without"));
    if (!page.bytes.empty()) pages.push_back(std::move(page));
  }
  return pages;
}

bool is_held_out(std::string_view file) {
  std::uint32_t hash = 2'166'136'261U;  // FNV-1a
  for (const char c : file) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return (hash >> 16) % 2 == 1;
}

std::vector<MainTextPage> half_of(const std::vector<MainTextPage>& pages, bool held_out) {
  std::vector<MainTextPage> half;
  std::ranges::copy_if(pages, std::back_inserter(half),
                       [&](const auto& page) { return is_held_out(page.file) == held_out; });
  return half;
}

MainTextScore score_main_text(const std::vector<MainTextPage>& pages) {
  MainTextScore score;
  for (const auto& page : pages) {
    document::ExtractInput input;
    input.bytes = page.bytes;
    const auto result = document::parse_html(input, {});
    const std::string text = result ? body_text(*result) : std::string();
    for (const auto& segment : page.with) {
      const bool found = text.find(squeeze(segment)) != std::string::npos;
      ++(found ? score.found : score.missing);
      if (!found) score.misses.push_back("FN " + page.file + ": " + segment);
    }
    for (const auto& segment : page.without) {
      const bool found = text.find(squeeze(segment)) != std::string::npos;
      ++(found ? score.intruding : score.absent);
      if (found) score.misses.push_back("FP " + page.file + ": " + segment);
    }
  }
  return score;
}

}  // namespace docmill::bench
