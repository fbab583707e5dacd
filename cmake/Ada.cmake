# SPDX-License-Identifier: Apache-2.0
# Ada, the WHATWG URL parser: one source file.
add_library(docmill_ada STATIC EXCLUDE_FROM_ALL ${DOCMILL_DEPS}/ada/ada.cpp)
target_include_directories(docmill_ada SYSTEM PUBLIC ${DOCMILL_DEPS}/ada)
target_compile_options(docmill_ada PRIVATE -w)
