#pragma once

#include <span>

#include "orchestrator/model/cell.h"
#include "orchestrator/model/outcome.h"

namespace testbed {

// Why a check did not hold: the rule with the highest priority whose every condition is met; where
// none is, a signature that begins with "unknown:" and still is the same for the same failure.
Cause find_cause(std::span<const CauseRule> rules, const Cell& cell, const CheckEvidence& seen,
                 const CheckResult& result);

// The same for a stage that broke before any check.
Cause find_cause(std::span<const CauseRule> rules, const Cell& cell, const StageBreak& broke);

}  // namespace testbed
