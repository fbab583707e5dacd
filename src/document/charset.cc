// SPDX-License-Identifier: Apache-2.0
#include "document/charset.h"

#include <fmt/format.h>
#include <lexbor/encoding/encoding.h>
#include <uchardet/uchardet.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/utf8.h"

namespace docmill::document {
namespace {

// Statistics converge long before this; a longer sample only costs time.
constexpr std::size_t kSampleBytes = 256 << 10;
// Text that claims to be UTF-8 may be damaged in one byte of so many beyond ASCII and is UTF-8
// still.
constexpr std::size_t kUtf8DamageOneIn = 10;

const lxb_char_t* as_chars(std::string_view text) {
  return reinterpret_cast<const lxb_char_t*>(text.data());
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

const lxb_encoding_data_t* find_encoding(std::string_view label) {
  const lxb_encoding_data_t* data = lxb_encoding_data_by_pre_name(as_chars(label), label.size());
  if (data == nullptr || data->encoding == LXB_ENCODING_REPLACEMENT ||
      data->encoding == LXB_ENCODING_X_USER_DEFINED)
    return nullptr;
  return data;
}

// What matters about bytes as UTF-8, in one pass.
struct Utf8Profile {
  std::size_t high = 0;     // sequences beyond ASCII
  std::size_t invalid = 0;  // bytes that are in none
  std::size_t zeros = 0;
};

Utf8Profile profile_of(std::string_view bytes) {
  Utf8Profile profile;
  std::size_t i = 0;
  while (i < bytes.size()) {
    auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte < 0x80) {
      profile.zeros += byte == 0 ? 1 : 0;
      ++i;
      continue;
    }
    std::size_t length = utf8_sequence_length(bytes.substr(i));
    ++(length == 0 ? profile.invalid : profile.high);
    i += std::max<std::size_t>(1, length);
  }
  return profile;
}

bool is_mostly_utf8(const Utf8Profile& profile) {
  return profile.high > 0 && profile.invalid <= profile.high / kUtf8DamageOneIn;
}

// UTF-16 without a mark shows by zero bytes on one side of most pairs.
std::string charset_of_zeros(std::string_view bytes) {
  std::array<std::size_t, 2> zeros = {0, 0};
  std::size_t pairs = std::min(bytes.size(), kSampleBytes) / 2;
  for (std::size_t i = 0; i < pairs * 2; ++i) zeros[i % 2] += bytes[i] == 0 ? 1 : 0;
  if (zeros[1] > pairs / 4 && zeros[0] < zeros[1] / 4) return "utf-16le";
  if (zeros[0] > pairs / 4 && zeros[1] < zeros[0] / 4) return "utf-16be";
  return "";
}

std::string charset_by_statistics(std::string_view bytes) {
  std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(), &uchardet_delete);
  std::string_view sample = bytes.substr(0, kSampleBytes);
  if (uchardet_handle_data(detector.get(), sample.data(), sample.size()) != 0) return "";
  uchardet_data_end(detector.get());
  std::string found = lower(uchardet_get_charset(detector.get()));
  if (found == "uhc") found = "euc-kr";
  if (found == "mac-cyrillic") found = "x-mac-cyrillic";
  return charset_of_label(found);
}

// Whether the bytes speak against a label.
bool is_contradicted(const std::string& charset, const Utf8Profile& profile) {
  if (charset == "utf-8") return profile.invalid > 0 && !is_mostly_utf8(profile);
  if (charset.starts_with("utf-16")) return profile.zeros == 0 && profile.invalid == 0;
  return false;
}

}  // namespace

std::string charset_of_label(std::string_view label) {
  const lxb_encoding_data_t* data = find_encoding(label);
  return data == nullptr ? "" : lower(reinterpret_cast<const char*>(data->name));
}

std::string charset_of_mark(std::string_view bytes, std::size_t* mark_size) {
  struct Mark {
    std::string_view bytes, charset;
  };
  static constexpr Mark kMarks[] = {
      {"\xEF\xBB\xBF", "utf-8"}, {"\xFE\xFF", "utf-16be"}, {"\xFF\xFE", "utf-16le"}};
  for (const Mark& mark : kMarks) {
    if (!bytes.starts_with(mark.bytes)) continue;
    if (mark_size != nullptr) *mark_size = mark.bytes.size();
    return std::string(mark.charset);
  }
  if (mark_size != nullptr) *mark_size = 0;
  return "";
}

CharsetChoice choose_charset(std::string_view bytes, const std::vector<std::string>& labels) {
  CharsetChoice choice;
  choice.name = charset_of_mark(bytes, &choice.mark_size);
  if (!choice.name.empty()) return choice;
  Utf8Profile profile = profile_of(bytes);
  if (profile.invalid == 0 && profile.high > 0 && profile.zeros == 0) {
    choice.name = "utf-8";
    return choice;
  }
  for (const std::string& label : labels) {
    std::string charset = charset_of_label(label);
    if (charset.empty() || is_contradicted(charset, profile)) continue;
    choice.name = charset;
    return choice;
  }
  choice.name = charset_of_zeros(bytes);
  if (choice.name.empty() && profile.invalid == 0 && bytes.find('\x1B') == std::string_view::npos)
    choice.name = "utf-8";
  if (!choice.name.empty()) return choice;
  choice.guessed = true;
  choice.name = is_mostly_utf8(profile) ? "utf-8" : charset_by_statistics(bytes);
  if (choice.name.empty() || is_contradicted(choice.name, profile)) choice.name = "windows-1252";
  return choice;
}

Result<std::string> to_utf8(std::string_view bytes, std::string_view charset,
                            std::size_t* replaced) {
  if (replaced != nullptr) *replaced = 0;
  const lxb_encoding_data_t* encoding = find_encoding(charset);
  if (encoding == nullptr)
    return fail(ErrorCode::kInvalidArgument, "unknown charset", "unknown_charset");
  if (encoding->encoding == LXB_ENCODING_UTF_8) return to_valid_utf8(bytes, replaced);

  constexpr lxb_codepoint_t kReplacement = LXB_ENCODING_REPLACEMENT_CODEPOINT;
  std::array<lxb_codepoint_t, 4096> buffer;
  lxb_encoding_decode_t decoder;
  lxb_encoding_decode_init(&decoder, encoding, buffer.data(), buffer.size());
  lxb_encoding_decode_replace_set(&decoder, &kReplacement, 1);
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 2);
  std::size_t bad = 0;
  auto drain = [&] {
    for (std::size_t i = 0; i < lxb_encoding_decode_buf_used(&decoder); ++i) {
      append_utf8(text, buffer[i]);
      bad += buffer[i] == kReplacement ? 1 : 0;
    }
    lxb_encoding_decode_buf_used_set(&decoder, 0);
  };
  const lxb_char_t* position = as_chars(bytes);
  const lxb_char_t* end = position + bytes.size();
  while (encoding->decode(&decoder, &position, end) == LXB_STATUS_SMALL_BUFFER) drain();
  drain();
  lxb_encoding_decode_finish(&decoder);
  drain();
  if (replaced != nullptr) *replaced = bad;
  return text;
}

DecodedText decode_text(std::string_view bytes, const std::vector<std::string>& labels) {
  CharsetChoice choice = choose_charset(bytes, labels);
  DecodedText decoded;
  decoded.charset = choice.name;
  decoded.mark_size = choice.mark_size;
  if (choice.guessed) decoded.warnings.push_back("charset_guessed");
  std::size_t replaced = 0;
  auto text = to_utf8(bytes.substr(choice.mark_size), choice.name, &replaced);
  DOCMILL_CHECK(text.has_value());
  decoded.text = *std::move(text);
  decoded.same_bytes = choice.name == "utf-8" && replaced == 0;
  if (replaced > 0) decoded.warnings.push_back(fmt::format("undecodable_bytes:{}", replaced));
  return decoded;
}

}  // namespace docmill::document
