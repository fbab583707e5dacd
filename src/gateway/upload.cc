// SPDX-License-Identifier: Apache-2.0
#include "gateway/upload.h"

#include <ada.h>
#include <fmt/format.h>

#include "base/utf8.h"

namespace docmill::gateway {
namespace {

// Fewer, larger writes: each is a trip to the blocking pool.
constexpr std::size_t kWriteBytes = 256 << 10;
constexpr std::size_t kUriBytesMax = 2048;
constexpr std::size_t kFilenameBytesMax = 255;

}  // namespace

Task<void> Upload::write(Context context, std::string bytes) {
  size_bytes_ += bytes.size();
  if (size_bytes_ > bytes_max_)
    co_return fail(ErrorCode::kTooLarge,
                   fmt::format("the document has more than {} bytes", bytes_max_),
                   "body_too_large");
  hasher_.update(bytes);
  pending_ += bytes;
  if (pending_.size() >= kWriteBytes) co_return co_await flush(std::move(context));
  co_return Status();
}

Task<void> Upload::flush(Context context) {
  if (!writer_) DOCMILL_CO_TRY_VOID(co_await open(context));
  co_return co_await writer_->write(std::move(context), std::exchange(pending_, {}));
}

Task<void> Upload::open(Context context) {
  DOCMILL_CO_TRY(writer_, co_await blobs_.create_writer(std::move(context)));
  co_return Status();
}

Task<Upload::Stored> Upload::finish(Context context) {
  if (size_bytes_ == 0)
    co_return fail(ErrorCode::kInvalidArgument, "the document is empty", "empty_document");
  DOCMILL_CO_TRY_VOID(co_await flush(context));
  Hash content = hasher_.finish();
  DOCMILL_CO_TRY_VOID(co_await writer_->commit(std::move(context), content_key(content)));
  co_return Stored{content, size_bytes_};
}

std::string clean_filename(std::string_view filename) {
  std::size_t slash = filename.find_last_of("/\\");
  if (slash != std::string_view::npos) filename.remove_prefix(slash + 1);
  std::string out;
  for (char c : to_valid_utf8(filename))
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out.push_back(c);
  return std::string(utf8_prefix(out, kFilenameBytesMax));
}

Result<std::string> upload_uri(std::string_view uri, std::string_view filename,
                               const Hash& content) {
  if (!uri.empty()) {
    auto parsed = ada::parse<ada::url_aggregator>(uri);
    if (uri.size() > kUriBytesMax || !parsed)
      return fail(ErrorCode::kInvalidArgument,
                  "uri: must be an absolute URI, such as https://example.org/a.pdf",
                  "invalid_value");
    return std::string(parsed->get_href());
  }
  if (filename.empty()) return "upload:" + content.hex();
  std::string out = "upload:";
  for (char c : filename) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 std::string_view("-._~").contains(c);
    if (plain) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace docmill::gateway
