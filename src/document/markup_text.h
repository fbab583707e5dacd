// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace docmill::document {

// Character references by HTML's table: "&copy;" and "&#xA9;" become "©"; unknown names stay as
// they are written. Keeps what it looked up.
class EntityDecoder {
 public:
  std::string decode(std::string_view entity);    // one reference, with & and ;
  std::string decode_all(std::string_view text);  // every reference in a text

 private:
  std::unordered_map<std::string, std::string> known_;
};

// Takes the text out of raw HTML that comes in pieces: what stands between tags is text, the tags,
// comments, scripts and styles are not.
class TagStripper {
 public:
  // Appends to `text` and to `markup`; a tag that breaks lines leaves a newline in `text`.
  void feed(std::string_view html, std::string& text, std::string& markup);

 private:
  bool skip_past(std::string_view& html, std::string_view end, std::string& markup);

  std::string until_;  // inside a comment, script or style: what ends it
};

}  // namespace docmill::document
