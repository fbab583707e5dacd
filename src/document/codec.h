// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "document/model.h"

namespace docmill::document {

// The document model as bytes: what a confined worker answers with and what is stored as the
// extract artefact. Little endian, versioned; the format is described in docs/formats.md.
std::string encode(const Document& document);

// Length of encode(document), without making it.
std::size_t encoded_size(const Document& document);

// Checks every length, count and offset against the bytes at hand and the rules of the model before
// trusting it: the writer is a process that foreign bytes may control. corrupt_data names the
// place.
Result<Document> decode(std::string_view bytes);

}  // namespace docmill::document
