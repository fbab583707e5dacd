// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace docmill::document {

// What parse_pdf needs done before a sandbox closes; part of prepare_parsers.
void prepare_pdf();

}  // namespace docmill::document
