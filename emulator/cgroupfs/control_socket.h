#pragma once

#include "emulator/cgroupfs/control_commands.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {

// A Unix socket that answers lines, for its owner and root only (mode 0600). Its threads live as
// long as the program.
class ControlSocket {
 public:
  // A socket that nobody listens on any more is replaced. Errors: the path is too long (107 bytes),
  // taken, or cannot be made.
  static Result<UniqueFd> listen(const std::string& path);
  // Serves until the program ends, each client by a thread of its own.
  static void serve(UniqueFd listener, const Controlled& controlled);
};

// `cgroupfs ctl PATH COMMAND [KEY=VALUE]...`: sends one command and prints its answer. The exit
// code.
int run_control_client(const std::vector<std::string>& arguments);

}  // namespace testbed
