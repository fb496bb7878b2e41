#pragma once

#include "emulator/cgroupfs/control_files.h"

namespace testbed {

// The lists of a group's processes and threads, by the ids that the reader knows, one a line; what
// the reader's pid namespace does not have is 0, as in the kernel.
std::string list_of(const Access& access, std::vector<pid_t> ids);

// What is written to such a list: 0 is the writer. A write to `tasks` or cgroup.threads moves the
// thread, one to cgroup.procs the process that it belongs to.
int write_procs(const Access& access, std::string_view text);
int write_threads(const Access& access, std::string_view text);

}  // namespace testbed
