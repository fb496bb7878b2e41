#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/loader/problems.h"
#include "orchestrator/model/policy.h"

namespace testbed {

// A file that says which changes between two runs fail a gate; its name must be the policy's.
Loaded<Policy> load_policy(const fs::path& path);

}  // namespace testbed
