#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/cgroupfs/tree_plan.h"
#include "emulator/journal/ready.h"

namespace testbed {

inline constexpr int kExitUsage = 64, kExitBadValue = 65, kExitUnavailable = 69, kExitInternal = 70,
                     kExitNotPermitted = 77;

// Operations that can be answered or left to libfuse. "lookup" is among them always.
std::span<const std::string_view> handler_names();
using Handlers = std::set<std::string, std::less<>>;

// Answer requests of one kind with an errno instead of serving them.
struct Fault {
  std::uint32_t opcode;
  int error;
  std::uint64_t nth = 0;  // only that one, counted from 1; 0: each
};

struct Options {
  std::string mountpoint{};
  TreePlan plan = plan_of(layout_v1());
  // A mount for each hierarchy, below a tmpfs on the mountpoint, as on a host; else one mount.
  bool separate_mounts = true;
  std::string extra{};     // where the extra files are mounted; empty: nowhere
  std::string shown_at{};  // what mountinfo calls the mountpoint; empty: what it is called
  bool report_only = false;
  bool make_dir = false;
  bool default_permissions = false;
  bool allow_other = false;
  Handlers handlers{};
  unsigned threads = 0;  // of each mount
  unsigned timeout_ms = 0;
  std::string journal{};
  std::string control{};  // path of the socket; empty: none
  Ready ready{};
  std::vector<Fault> faults{};
  std::uint64_t die_after = 0;  // 0: never
  bool help = false;
  bool version = false;
};

// What main prints, and what it exits with.
struct Failure {
  int exit_code;
  std::string message;
};

struct ParsedOptions {
  Options options;
  std::vector<Failure> errors;  // all of them, in the order of the command line
};

ParsedOptions parse_options(std::span<const std::string> arguments);

std::string help_text();

}  // namespace testbed
