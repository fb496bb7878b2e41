#pragma once

#include "orchestrator/loader/problems.h"
#include "orchestrator/loader/yaml_reader.h"
#include "orchestrator/model/scenario.h"

namespace testbed {

// Rungs and side checks: their names, the ${variables} of their commands, what they hold.
void check_commands(const YamlNode& root, const Scenario& scenario, ProblemList& problems);

}  // namespace testbed
