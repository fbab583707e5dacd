// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_streams.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace docmill::document::pdf {
namespace {

constexpr std::string_view kKeyword = "stream";
// A stream's dictionary is looked for this far before its data.
constexpr std::size_t kDictionaryBytesMax = 2'048;
constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::uint64_t kRatioFrom = 1 << 20;
// Deflate cannot do better; what cannot reach a limit even so is not inflated.
constexpr std::uint64_t kDeflateRatioMax = 1'032;

// Two bytes of RFC 1950: deflate with a window of up to 32 KiB, and a check sum.
bool is_zlib(std::string_view data) {
  if (data.size() < 2) return false;
  const auto first = static_cast<unsigned char>(data[0]);
  const auto second = static_cast<unsigned char>(data[1]);
  return (first & 0x0F) == 8 && first >> 4 <= 7 && (first * 256 + second) % 31 == 0;
}

// Whether the stream whose keyword is at `at` is an image, which is not looked at here.
bool is_image(std::string_view bytes, std::size_t at) {
  const std::size_t from = at > kDictionaryBytesMax ? at - kDictionaryBytesMax : 0;
  std::string_view dictionary = bytes.substr(from, at - from);
  const std::size_t object = dictionary.rfind(" obj");
  if (object != std::string_view::npos) dictionary.remove_prefix(object);
  return dictionary.contains("/Image");
}

class Inflater {
 public:
  Inflater() { good_ = inflateInit(&stream_) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (good_) inflateEnd(&stream_);
  }

  // Inflates `data` up to its end, its first fault, or more than `bytes_max`; how much came out.
  std::uint64_t count(std::string_view data, std::uint64_t bytes_max) {
    if (!good_ || inflateReset(&stream_) != Z_OK) return 0;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(data.size(), UINT32_MAX));
    std::uint64_t out = 0;
    int code = Z_OK;
    while (code == Z_OK && out <= bytes_max) {
      stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
      stream_.avail_out = static_cast<uInt>(piece_.size());
      code = inflate(&stream_, Z_NO_FLUSH);
      out += piece_.size() - stream_.avail_out;
    }
    return out;
  }
  std::size_t taken(std::string_view data) const { return data.size() - stream_.avail_in; }

 private:
  z_stream stream_{};
  std::vector<char> piece_ = std::vector<char>(kPieceBytes);
  bool good_ = false;
};

}  // namespace

Status check_streams(std::string_view bytes, const Limits& limits) {
  const std::uint64_t ratio_max = std::max(kRatioFrom, limits.inflate_ratio * bytes.size());
  const std::uint64_t bytes_max = std::min(limits.inflated_bytes, ratio_max);
  if (bytes.size() <= bytes_max / kDeflateRatioMax) return {};
  Inflater inflater;
  std::uint64_t total = 0;
  for (std::size_t at = 0; (at = bytes.find(kKeyword, at)) != std::string_view::npos;) {
    const std::size_t keyword = at;
    at += kKeyword.size();
    std::string_view data = bytes.substr(at);
    if (data.starts_with("\r")) data.remove_prefix(1);
    if (data.starts_with("\n")) data.remove_prefix(1);
    if (!is_zlib(data) || is_image(bytes, keyword)) continue;
    total += inflater.count(data, bytes_max - total);
    if (total > limits.inflated_bytes)
      return fail(ErrorCode::kTooLarge, "the streams of the PDF inflate over inflated_bytes",
                  "limit_inflated_bytes");
    if (total > ratio_max)
      return fail(ErrorCode::kTooLarge, "the streams of the PDF inflate over inflate_ratio",
                  "limit_inflate_ratio");
    at += inflater.taken(data);
  }
  return {};
}

}  // namespace docmill::document::pdf
