#pragma once

#include <set>

#include "orchestrator/base/files.h"
#include "orchestrator/model/run.h"

namespace testbed {

// The evidence of the run's cells, from its folder or archive, to the same names below `to`, which
// is the caller's own and new. Links are not copied. What could not be, in words.
Result<std::vector<std::string>> copy_evidence(const Run& run, const fs::path& to);

}  // namespace testbed
