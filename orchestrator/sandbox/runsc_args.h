#pragma once

#include <set>

#include "orchestrator/sandbox/runsc_needs.h"
#include "orchestrator/sandbox/sandbox.h"

namespace testbed {

// Names of the flags in the output of `runsc flags`: "fuse", "ignore-cgroups".
std::set<std::string> flags_listed(std::string_view output);

// The command line up to the subcommand. A flag goes in only if the binary lists it.
std::vector<std::string> runsc_args(const SandboxStart& start, const std::set<std::string>& listed);

}  // namespace testbed
