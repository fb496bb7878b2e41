#pragma once

#include <string>

#include "orchestrator/cli/project.h"

namespace testbed {

// What was red in all recorded runs, the same trouble once; `format` is text or json. Runs that
// cannot be read are told on standard error.
std::string signatures_of_runs(const Project& project, const std::string& format);

}  // namespace testbed
