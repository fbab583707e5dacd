# SPDX-License-Identifier: Apache-2.0
# docmill_module(NAME SOURCES a.cc … TESTS a_test.cc … LINK targets …  TEST_LINK targets …)
#
# Makes the static library docmill_NAME from listed sources and, when TESTS are given, the program
# NAME_test with every unit test of the module. Sources are listed by hand; tools/check finds files
# that stand in no list.
function(docmill_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;LINK;TEST_LINK" ${ARGN})
  if(ARG_SOURCES)
    add_library(docmill_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(docmill_${name} PUBLIC docmill_compiler ${ARG_LINK})
  else()
    add_library(docmill_${name} INTERFACE)
    target_link_libraries(docmill_${name} INTERFACE docmill_compiler ${ARG_LINK})
  endif()
  if(ARG_TESTS AND NOT DOCMILL_FUZZ)
    docmill_test(${name}_test SOURCES ${ARG_TESTS} LINK docmill_${name} ${ARG_TEST_LINK})
  endif()
endfunction()

# docmill_test(NAME SOURCES … LINK …): one GoogleTest program, known to ctest as one test.
function(docmill_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE docmill_compiler ${ARG_LINK} GTest::gtest GTest::gmock
                                        GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE DOCMILL_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             DOCMILL_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)  # support/temp_dir.h …
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
