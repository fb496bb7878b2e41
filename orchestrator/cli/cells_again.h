#pragma once

#include <set>

#include "orchestrator/cli/scenario_run.h"

namespace testbed {

// Cells of a recorded run once more, as a run of their own with the scenario as it is now. Returns
// the exit code.
int run_cells_again(const Project& project, const Run& run, const std::set<std::string>& ids,
                    const RunSettings& settings);

}  // namespace testbed
