#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::supervisor {

// A command whose output becomes a file. It runs beside the tree, as a child of the tracing thread:
// the wait that tells of stops tells of its end as well, so that nobody else waits for it.
struct Command {
  pid_t pid = -1;
  UniqueFd output{};  // a memory file

  std::string text() const;  // what it printed
};

// SUPERVISOR_PID and SUPERVISOR_PATH in its environment tell who opens what. It is killed after ten
// seconds.
Result<Command> start_command(const std::vector<std::string>& argv, pid_t reader,
                              const std::string& path);

}  // namespace testbed::supervisor
