#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "emulator/supervisor/abilities.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::supervisor {

// A child that is traced from before its exec on, so that nothing of it escapes: it waits, is
// seized, installs the filter and becomes the program. Its parent must be the thread that traces.
struct LaunchFailure {
  enum { Filter, Exec } step = Filter;
  int error = 0;
};
struct Launched {
  pid_t pid = -1;
  UniqueFd failure{};      // a LaunchFailure is written here if the program cannot be executed
  Refusal refusal{0, ""};  // exit_code 0: none
};

Launched launch(const std::vector<std::string>& argv, std::vector<sock_filter> filter);

// The options of every tracee.
inline constexpr long kTraceOptions = 0x00100000 /* EXITKILL */ | 0x1 /* SYSGOOD */ |
                                      0x2 /* FORK */ | 0x4 /* VFORK */ | 0x8 /* CLONE */ |
                                      0x10 /* EXEC */ | 0x80 /* SECCOMP */;

// In the child: 0, or an errno. Privileges are given up only by those who may install no filter
// with them, so that set-user-ID programs keep working under root.
int install_filter(std::vector<sock_filter>& filter);

}  // namespace testbed::supervisor
