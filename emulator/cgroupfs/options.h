#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emulator/journal/ready.h"

namespace testbed::cgroupfs {

// Exit codes; those from 64 on as in sysexits.h.
enum ExitCode {
  kDone = 0,
  kUsage = 64,
  kBadValue = 65,
  kNoFuse = 69,
  kInternal = 70,
  kMayNotMount = 77
};

// --fail OP=ERRNO[@N]: an answer that the server gives instead of the handler's.
struct Failure {
  std::uint32_t opcode = 0;
  int error = 0;
  std::uint64_t only = 0;  // the N-th request of that kind; 0: all of them
};

struct Options {
  std::filesystem::path mountpoint;
  bool make_dir = false;
  bool default_permissions = false;
  bool allow_other = false;
  std::set<std::string> handlers;  // that are registered
  unsigned threads = 4;
  unsigned timeout_ms = 0;
  std::filesystem::path journal;  // empty: none
  ReadySigns ready;
  std::vector<Failure> failures;
  std::uint64_t die_after = 0;  // requests; 0: never
};

// What the command line asks for: options to run with, or a text to print and the code to end with.
struct CommandLine {
  std::optional<Options> options{};
  int code = kDone;
  std::string text{};
};
CommandLine parse_command_line(const std::vector<std::string>& words);

// Every handler there is.
const std::set<std::string>& all_handlers();

}  // namespace testbed::cgroupfs
