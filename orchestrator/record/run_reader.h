#pragma once

#include <functional>

#include "orchestrator/base/files.h"
#include "orchestrator/model/run_json.h"

namespace testbed {

// The run in a directory or an archive, as far as its log goes: without a footer it is not
// complete, and planned cells without a result are pending. Excluded cells are given their skip and
// its reason. A torn last line is what a killed writer leaves and is dropped; what else cannot be
// read is left out, named in Run::missing, and makes the run incomplete. An error: no header.
Result<Run> read_run(const fs::path& place, Detail detail = Detail::Everything);

// Calls `take` with every file of a cell's evidence, by its name below the cell's folder, and its
// first bytes. What could not be read is in the answer, in words.
using TakeEvidence = std::function<void(const std::string& name, const std::string& text)>;
Result<std::vector<std::string>> read_evidence(const Run& run, const std::string& cell_id,
                                               const TakeEvidence& take);

}  // namespace testbed
