// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace docmill::document::pdf {

// A list marker at the start of `text`: a bullet, or a short number or letter with a dot or
// bracket, followed by a blank or the end. Length in bytes without the blank; 0 when there is none.
std::size_t marker_length(std::string_view text);

// True for a text that is a list marker and nothing else.
bool is_marker(std::string_view text);

// True for a marker made of a bullet sign.
bool is_bullet(std::string_view marker);

// The marker as the model writes it: signs of symbol fonts become "•".
std::string clean_marker(std::string_view marker);

// Dots that lead from a title to its page number.
bool has_leaders(std::string_view text);
// Replaces leading dots by one blank; the number of dots removed.
std::size_t remove_leaders(std::string& text);

}  // namespace docmill::document::pdf
