#pragma once

#include "orchestrator/model/outcome.h"

namespace testbed {

// The side checks of a cell that are red in any attempt, each once, by its first red result. They
// point into the cell's result.
std::vector<const CheckResult*> red_side_checks(const CellResult& result);

}  // namespace testbed
