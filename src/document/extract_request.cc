// SPDX-License-Identifier: Apache-2.0
#include "document/extract_request.h"

#include <array>

#include "base/utf8.h"
#include "document/binary.h"

namespace docmill::document {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kHintBytesMax = 8 * 1024;

constexpr std::array kLimitFields = {
    &Limits::input_bytes,
    &Limits::inflated_bytes,
    &Limits::inflate_ratio,
    &Limits::archive_entries,
    &Limits::embedded_bytes,
    &Limits::xml_depth,
    &Limits::table_cells,
    &Limits::pages,
    &Limits::blocks,
    &Limits::links,
    &Limits::output_bytes,
    &Limits::metadata_bytes,
    &Limits::metadata_field_bytes,
};
// A field that is not in the table would silently fall back to its default in the worker.
static_assert(sizeof(Limits) == kLimitFields.size() * sizeof(std::uint64_t));

}  // namespace

std::string encode_request_header(const ExtractRequest& request) {
  BinaryWriter writer;
  writer.number(kVersion);
  for (const std::string* hint :
       {&request.name, &request.declared_media_type, &request.declared_charset}) {
    writer.text(utf8_prefix(to_valid_utf8(*hint), kHintBytesMax));
  }
  writer.byte(request.main_content ? 1 : 0);
  writer.byte(request.as_sitemap ? 1 : 0);
  for (auto field : kLimitFields) writer.number(request.limits.*field);
  return std::move(writer).take();
}

Result<ExtractRequest> decode_request_header(std::string_view header) {
  BinaryReader reader(header);
  ExtractRequest request;
  if (reader.number() != kVersion) reader.fail_at("version");
  for (std::string* hint :
       {&request.name, &request.declared_media_type, &request.declared_charset}) {
    *hint = reader.text();
    if (hint->size() > kHintBytesMax || !is_valid_utf8(*hint)) reader.fail_at("hint");
  }
  request.main_content = reader.byte() != 0;
  request.as_sitemap = reader.byte() != 0;
  for (auto field : kLimitFields) request.limits.*field = reader.number();
  if (!reader.at_end()) reader.fail_at("end");
  if (reader.failed()) return fail(reader.fault("request header"));
  return request;
}

}  // namespace docmill::document
