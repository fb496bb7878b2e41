#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/model/run.h"

namespace testbed {

// The run in a directory, as far as its log goes: without a footer it is not complete, and planned
// cells without a result are pending. Excluded cells are given their skip and its reason. A torn
// last line is what a killed writer leaves and is dropped; any other damage is an error.
Result<Run> read_run(const fs::path& directory);

}  // namespace testbed
