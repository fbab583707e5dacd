# SPDX-License-Identifier: Apache-2.0
# Warnings, optimisation and sanitizers for our own targets; third-party sources get none of these warnings.

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")

# The same object from any checkout: no path of a machine in it, and ccache serves every one.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
add_link_options(-fuse-ld=lld)
if(DOCMILL_SANITIZE)
  add_compile_options(-fsanitize=${DOCMILL_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DOCMILL_SANITIZE})
  add_compile_definitions(DOCMILL_SANITIZED=1)
endif()
if(DOCMILL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

add_library(docmill_compiler INTERFACE)
target_compile_options(docmill_compiler INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  -Wold-style-cast -Wunused -Woverloaded-virtual -Wno-missing-field-initializers
  -Wno-gnu-zero-variadic-macro-arguments)
if(DEFINED ENV{CI})
  target_compile_options(docmill_compiler INTERFACE -Werror)
endif()
target_include_directories(docmill_compiler INTERFACE ${CMAKE_SOURCE_DIR}/src)
