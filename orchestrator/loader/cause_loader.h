#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/loader/problems.h"
#include "orchestrator/model/cause.h"

namespace testbed {

// A file of scenarios/causes/; its name must be the signature.
Loaded<CauseRule> load_cause(const fs::path& path);

}  // namespace testbed
