#pragma once

#include <string>
#include <vector>

namespace testbed::cni {

// What the program does for a person, without CNI_COMMAND in its environment: help, install,
// replay. Returns the exit code.
int run_command_line(const std::vector<std::string>& words);

}  // namespace testbed::cni
