// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "confine/sandbox_level.h"

namespace docmill::confine::internal {

// Closes the calling process for good and proves it. In order: resource limits (address space, no
// files written, no processes, no core), no new privileges, a landlock ruleset that allows nothing,
// a seccomp allow-list. A call outside the list fails with EPERM instead of killing the process: it
// can do no more, and the self-test can see it fail; libraries that only try to read a
// configuration file go on without it.
//
// `memory_bytes_max` bounds the address space; not applied under sanitizers, whose shadow memory is
// larger than any sensible limit.
SandboxLevel close_sandbox(std::uint64_t memory_bytes_max);

// Tries to open files, make sockets, processes and threads, run programs and trace; `landlock` says
// that landlock was seen to refuse an open. None when anything succeeded.
SandboxLevel self_test(bool landlock);

}  // namespace docmill::confine::internal
