#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/loader/problems.h"
#include "orchestrator/model/catalog.h"

namespace testbed {

// Everything that scenarios may name: scenarios/approaches/*.yaml, scenarios/causes/*.yaml and
// images/*/artifact.yaml below `project_root`, sorted by name. A missing folder is an empty one;
// the problems are those of all files.
Loaded<Catalog> load_catalog(const fs::path& project_root);

}  // namespace testbed
