#pragma once

#include <span>

#include "orchestrator/model/cell.h"
#include "orchestrator/model/outcome.h"

namespace testbed {

// What an attempt came to: its rungs from the built-in "sandbox-up" on, its side checks, and the
// cause of what is red. Whatever was planned and not carried out is skip or pending: nothing turns
// green by absence.
Attempt assess_attempt(const Cell& cell, const Evidence& evidence,
                       std::span<const CauseRule> rules);

}  // namespace testbed
