#pragma once

#include "orchestrator/model/cell.h"
#include "orchestrator/model/outcome.h"

namespace testbed {

// Observed against expected. `control` is the outcome of the same cell on the host's kernel, or
// null. Pure: can be done again from a record.
CellResult judge_cell(const Cell& cell, std::vector<Attempt> attempts, const Outcome* control);

}  // namespace testbed
