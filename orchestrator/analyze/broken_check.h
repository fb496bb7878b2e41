#pragma once

#include "orchestrator/model/outcome.h"

namespace testbed {

// The attempt the outcome speaks of: the first that came to the same; null where there is none.
const Attempt* decisive_attempt(const CellResult& result);

// Its first rung that did not pass; null where all did. It points into the result.
const CheckResult* broken_rung(const CellResult& result);

}  // namespace testbed
