#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/loader/problems.h"
#include "orchestrator/model/approach.h"

namespace testbed {

// A file of scenarios/approaches/; its name must be that of the approach.
Loaded<Approach> load_approach(const fs::path& path);

}  // namespace testbed
