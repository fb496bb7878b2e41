#pragma once

#include <string_view>
#include <vector>

#include "orchestrator/model/evidence.h"

namespace testbed {

// The agent's answer to `threads` (emulator/agent/README.md); lines that are not of its form are
// passed over.
std::vector<ThreadState> read_threads(std::string_view report);

}  // namespace testbed
