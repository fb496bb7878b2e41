#pragma once

#include "orchestrator/loader/scenario_loader.h"
#include "orchestrator/loader/yaml_reader.h"

namespace testbed {

// What the table of keys cannot say: whether every name that a scenario uses is there, and whether
// everything it selects exists. `scenario` was read from `root`, entry by entry.
void check_scenario(const YamlNode& root, const Scenario& scenario, const Catalog& catalog,
                    const LoadOptions& options, ProblemList& problems);

}  // namespace testbed
