// SPDX-License-Identifier: Apache-2.0
// parse_docx: an error or a model without a fault. Bytes that begin like an archive are taken as
// one; all others are the main part of a sound archive, so that the fuzzer reaches what lies behind
// the checksums.
#include <zip.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "document/extract.h"

namespace {

constexpr std::string_view kRelationships =
    "<Relationships><Relationship Id='1' Type='http://x/officeDocument' Target='d.xml'/>"
    "</Relationships>";

void add_part(zip_t* archive, const char* name, std::string_view text) {
  zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
  const zip_int64_t index = zip_file_add(archive, name, source, 0);
  DOCMILL_CHECK(index >= 0);
  zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
}

std::string archive_around(std::string_view main_part) {
  zip_source_t* whole = zip_source_buffer_create(nullptr, 0, 0, nullptr);
  zip_source_keep(whole);
  zip_t* archive = zip_open_from_source(whole, ZIP_TRUNCATE, nullptr);
  DOCMILL_CHECK(archive != nullptr);
  add_part(archive, "_rels/.rels", kRelationships);
  add_part(archive, "d.xml", main_part);
  DOCMILL_CHECK(zip_close(archive) == 0);
  zip_stat_t entry;
  zip_stat_init(&entry);
  zip_source_stat(whole, &entry);
  std::string bytes(entry.size, '\0');
  zip_source_open(whole);
  zip_source_read(whole, bytes.data(), bytes.size());
  zip_source_close(whole);
  zip_source_free(whole);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.starts_with("PK")) bytes = archive_around(bytes);
  docmill::document::ExtractInput input;
  input.bytes = bytes;
  docmill::document::Limits limits;
  limits.inflated_bytes = 4 << 20;
  limits.embedded_bytes = 1 << 20;
  const auto document = docmill::document::parse_docx(input, limits);
  if (document) DOCMILL_CHECK(docmill::document::find_fault(*document).empty());
  if (!document) DOCMILL_CHECK(document.error().code != docmill::ErrorCode::kInternal);
  return 0;
}
