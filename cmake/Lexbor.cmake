# SPDX-License-Identifier: Apache-2.0
# lexbor, the HTML parser, built from the source that ./dev setup unpacked.
set(LEXBOR_BUILD_SHARED OFF CACHE BOOL "" FORCE)
set(LEXBOR_BUILD_STATIC ON CACHE BOOL "" FORCE)
set(LEXBOR_INSTALL_HEADERS OFF CACHE BOOL "" FORCE)
set(saved_c_flags "${CMAKE_C_FLAGS}")
set(CMAKE_WARN_DEPRECATED OFF CACHE BOOL "" FORCE)
add_subdirectory(${DOCMILL_DEPS}/lexbor ${CMAKE_BINARY_DIR}/lexbor EXCLUDE_FROM_ALL)
set(CMAKE_C_FLAGS "${saved_c_flags}")
add_library(docmill_lexbor INTERFACE)
target_link_libraries(docmill_lexbor INTERFACE lexbor_static)
target_include_directories(docmill_lexbor SYSTEM INTERFACE ${DOCMILL_DEPS}/lexbor/source)
