#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/model/run.h"

namespace testbed {

struct Merged {
  Run run;                           // without id
  std::vector<std::string> sources;  // for each planned cell the run that has it; empty: none
  std::vector<std::string> notes;    // what is missing or differs, in words
};

// Runs of parts of one matrix as one: shards, or selections that do not overlap. Cells of a shard
// that is not among them are planned and have no result. An error: other scenarios, or a cell that
// several have.
Result<Merged> merge_runs(const std::vector<Run>& parts);

}  // namespace testbed
