# The dependency rule, as data: which modules a module may include, and which libraries, where. Run by CTest as
# `cmake -DROOT=<source directory> -P layering_test.cmake`; names the file and the module at fault.
cmake_minimum_required(VERSION 3.25)

set(may_orchestrator_base "")
set(may_orchestrator_model orchestrator/base)
foreach(module loader artifact bundle approach judge record report analyze)
  set(may_orchestrator_${module} orchestrator/base orchestrator/model)
endforeach()
# The agent's frames are a protocol between two programs: both sides share its one implementation.
set(may_orchestrator_sandbox orchestrator/base orchestrator/model emulator/agent/frame.h)
set(may_orchestrator_run orchestrator/base orchestrator/model orchestrator/artifact orchestrator/bundle
    orchestrator/approach orchestrator/sandbox orchestrator/judge)
set(may_orchestrator_cli ${may_orchestrator_run} orchestrator/loader orchestrator/record orchestrator/report
    orchestrator/analyze orchestrator/run)
set(may_orchestrator_bench ${may_orchestrator_cli} orchestrator/cli)
set(may_emulator_journal orchestrator/base)
set(may_emulator_agent orchestrator/base)
set(may_emulator_cgroupfs orchestrator/base emulator/journal)
set(may_emulator_cni orchestrator/base emulator/journal)
set(may_emulator_probe orchestrator/base emulator/journal)
set(may_emulator_supervisor orchestrator/base emulator/journal)
# What the supervisor is compared with shares nothing with it.
set(may_emulator_supervisor_legacy "")
set(may_emulator_supervisor_preload "")

# A library is known in one place: the pattern of its headers, and the files that may include it.
set(libraries
    "boost/process|orchestrator/base/subprocess.cc"
    "boost/json|orchestrator/base/json"
    "openssl/|orchestrator/base/sha512.cc"
    "yaml-cpp/|orchestrator/loader/"
    "CLI/|orchestrator/cli/"
    "archive(_entry)?\\.h|orchestrator/record/archive_"
    "fuse_lowlevel.h|emulator/cgroupfs/fuse_adapter"
    "fuse3/|emulator/cgroupfs/fuse_adapter")

set(faults "")
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/orchestrator/*.h ${ROOT}/orchestrator/*.cc ${ROOT}/emulator/*.h
     ${ROOT}/emulator/*.cc)
foreach(file IN LISTS files)
  if(file STREQUAL "orchestrator/main.cc" OR file MATCHES "/testdata/")
    continue()
  endif()
  string(REGEX MATCH "^(orchestrator|emulator)/[a-z]+" module ${file})
  if(NOT file MATCHES "_test\\.cc$" AND file MATCHES "^(emulator/supervisor/(legacy|preload))/")
    set(module ${CMAKE_MATCH_1})
  endif()
  string(REPLACE "/" "_" key ${module})
  if(NOT DEFINED may_${key})
    list(APPEND faults "${file}: module ${module} has no row in layering_test.cmake")
    continue()
  endif()
  file(STRINGS ${ROOT}/${file} lines REGEX "^#include")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^#include *[<\"]([^>\"]*).*" "\\1" header "${line}")
    if(header MATCHES "^(orchestrator|emulator)/")
      set(allowed FALSE)
      foreach(other ${module} ${may_${key}})
        if(header STREQUAL "${other}" OR header MATCHES "^${other}/")
          set(allowed TRUE)
        endif()
      endforeach()
      if(NOT allowed)
        list(APPEND faults "${file}: ${module} may not include ${header}")
      endif()
    endif()
    foreach(row IN LISTS libraries)
      string(REGEX REPLACE "\\|.*" "" pattern "${row}")
      string(REGEX REPLACE ".*\\|" "" place "${row}")
      if(header MATCHES "^${pattern}" AND NOT file MATCHES "^${place}")
        list(APPEND faults "${file}: only ${place} may include <${header}>")
      endif()
    endforeach()
  endforeach()
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "the dependency rule is broken:\n  ${text}")
endif()
