# Every source is as clang-format 14 writes it. Run by CTest as `cmake -DROOT=<source directory> -P format_test.cmake`;
# names each place at fault. Other releases format differently: without release 14 the test is skipped and says so.
cmake_minimum_required(VERSION 3.25)

find_program(clang_format NAMES clang-format-14 clang-format)
set(version "no clang-format")
if(clang_format)
  execute_process(COMMAND ${clang_format} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT version MATCHES "version 14\\.")
  message("skipped: needs clang-format 14, found: ${version}")
  return()
endif()

file(GLOB_RECURSE files ${ROOT}/orchestrator/*.h ${ROOT}/orchestrator/*.cc ${ROOT}/emulator/*.h ${ROOT}/emulator/*.cc)
list(FILTER files EXCLUDE REGEX "/testdata/")
execute_process(COMMAND ${clang_format} --dry-run -Werror ${files} ERROR_VARIABLE faults RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "not as clang-format -i writes it:\n${faults}")
endif()
