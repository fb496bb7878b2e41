#pragma once

#include <string>

#include "emulator/supervisor/tracee.h"
#include "orchestrator/base/result.h"

namespace testbed::supervisor {

// What this kernel can do, found out by trying it on a child. Nothing is concluded from uname:
// gVisor calls itself 4.4.0 or 4.19.0-gvisor and stops in an order that neither has.
struct Abilities {
  bool entry_after_seccomp = false;  // Stops
  // gVisor before some time in 2025: a signal that comes while a thread is in a ptrace stop is
  // queued and nobody is told, so that the thread takes it when it is next interrupted; and nobody
  // interrupts it, since later signals of that number are duplicates.
  bool loses_signals_in_stops = false;
  MemoryWays memory{};

  std::string text() const;  // for --explain
};

// Why not, and what it exits with.
struct Refusal {
  int exit_code;
  std::string message;
};

struct Probed {
  Abilities abilities{};
  Refusal refusal{0, ""};  // exit_code 0: none
};
Probed probe_abilities();

}  // namespace testbed::supervisor
