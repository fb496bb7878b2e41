#pragma once

#include <sys/types.h>

#include <string>

namespace testbed {

// Whether a program is linked by Go: its ELF file has the note in which Go keeps its build id.
bool is_go_program(const std::string& file);

// SIGQUIT to the Go processes of a session: the runtime of each prints the stacks of all goroutines
// to standard error and ends it (package runtime, "Environment Variables"). One line for each that
// was asked: `pid=7 name=kubelet`.
std::string ask_for_goroutines(pid_t session);

}  // namespace testbed
