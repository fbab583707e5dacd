// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "document/limits.h"

namespace docmill::document::pdf {

// Inflates the deflated streams of a PDF into nothing, images apart, before PDFium holds them whole
// in memory. too_large with "limit_inflated_bytes", or "limit_inflate_ratio" (against the size of
// the file, after the first MiB of a stream). Streams that are no zlib data, encrypted ones too,
// are left to PDFium and to the memory limit of the process.
Status check_streams(std::string_view bytes, const Limits& limits);

}  // namespace docmill::document::pdf
