# SPDX-License-Identifier: Apache-2.0
# md4c, the Markdown parser: one source file. Debian's is older than CommonMark 0.31.
add_library(docmill_md4c STATIC EXCLUDE_FROM_ALL ${DOCMILL_DEPS}/md4c/md4c.c)
target_include_directories(docmill_md4c SYSTEM PUBLIC ${DOCMILL_DEPS}/md4c)
target_compile_definitions(docmill_md4c PRIVATE MD4C_USE_UTF8)
target_compile_options(docmill_md4c PRIVATE -w)
