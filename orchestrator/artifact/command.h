#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/artifact/source.h"

namespace testbed {

// A tool that a source runs. Its temporary files lie in the scratch directory, so that nothing of a
// killed one stays elsewhere.
struct Command {
  std::vector<std::string> argv;
  std::map<std::string, std::string> env{};
  fs::path cwd{};  // empty: the scratch directory
};

// Runs it to its end and reports each line it prints while it runs. When it fails, the error holds
// the command line and the end of what it printed.
Result<> run_with_progress(const Command& command, const ObtainContext& context);

// An error that names the Debian package to install, unless the program is in PATH.
Result<> require_program(const std::string& program, const std::string& debian_package);

}  // namespace testbed
