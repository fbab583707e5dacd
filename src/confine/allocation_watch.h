// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace docmill::confine::internal {

// True when an allocation of this process failed since the flag was last cleared, whoever asked for
// it and whatever they made of it: libraries in C answer a null pointer with an abort, an error of
// their own or a crash, and only this tells a document that was too large from a broken parser.
// Linking it replaces malloc, calloc and realloc of the program by ones that note a failure; with
// sanitizers, which bring their own, it is always false.
bool allocation_failed();
void clear_allocation_failed();

}  // namespace docmill::confine::internal
