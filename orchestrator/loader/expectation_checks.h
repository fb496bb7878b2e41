#pragma once

#include "orchestrator/loader/problems.h"
#include "orchestrator/loader/yaml_reader.h"
#include "orchestrator/model/catalog.h"
#include "orchestrator/model/scenario.h"

namespace testbed {

// Every `where` selects cells; expectations name rungs, checks and causes that exist in a cell they
// select.
void check_selections(const YamlNode& root, const Scenario& scenario, const Catalog& catalog,
                      ProblemList& problems);

}  // namespace testbed
