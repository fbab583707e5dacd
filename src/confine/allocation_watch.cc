// SPDX-License-Identifier: Apache-2.0
#include "confine/allocation_watch.h"

#include <atomic>
#include <cstddef>

namespace docmill::confine::internal {
namespace {
std::atomic<bool> failed = false;
}

bool allocation_failed() { return failed.load(std::memory_order_relaxed); }
void clear_allocation_failed() { failed.store(false, std::memory_order_relaxed); }

}  // namespace docmill::confine::internal

#ifndef DOCMILL_SANITIZED
extern "C" {
// glibc's own functions under their second names.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);

void* malloc(std::size_t size) {
  void* block = __libc_malloc(size);
  if (!block) docmill::confine::internal::failed.store(true, std::memory_order_relaxed);
  return block;
}
void* calloc(std::size_t count, std::size_t size) {
  void* block = __libc_calloc(count, size);
  if (!block) docmill::confine::internal::failed.store(true, std::memory_order_relaxed);
  return block;
}
void* realloc(void* old_block, std::size_t size) {
  void* block = __libc_realloc(old_block, size);
  if (!block && size > 0) {
    docmill::confine::internal::failed.store(true, std::memory_order_relaxed);
  }
  return block;
}
}
#endif
