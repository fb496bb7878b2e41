#pragma once

#include <string>

#include "orchestrator/cli/scenario_run.h"

namespace CLI {
class App;
}

namespace testbed {

// --jobs, --repeat and --offline, as every command has them that runs cells.
void declare_cell_options(CLI::App& app, RunSettings& settings,
                          const std::string& repeat_help = "attempts per cell");

// And what `run`, `rerun` and `resume` have besides: --strace, --no-second-pass.
void declare_evidence_options(CLI::App& app, RunSettings& settings);

}  // namespace testbed
