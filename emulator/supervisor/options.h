#pragma once

#include <span>
#include <string>
#include <vector>

#include "emulator/journal/ready.h"
#include "emulator/supervisor/abilities.h"
#include "emulator/supervisor/rules.h"

namespace testbed::supervisor {

inline constexpr int kExitUsage = 64, kExitBadRules = 65, kExitUnavailable = 69, kExitInternal = 70,
                     kExitNotPermitted = 77;

struct Options {
  Rules rules{};
  std::string journal{};
  Ready ready{};
  bool summary = false;
  bool explain = false;
  bool trace_all = false;
  bool help = false;
  bool version = false;
  std::vector<std::string> program{};
};

struct ParsedOptions {
  Options options{};
  std::vector<Refusal> errors{};  // all of them, in the order of the command line
};
ParsedOptions parse_options(std::span<const std::string> arguments);

std::string help_text();

}  // namespace testbed::supervisor
