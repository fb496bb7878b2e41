#pragma once

#include "orchestrator/base/json.h"
#include "orchestrator/model/run.h"

namespace testbed {

// Why a cell is as it is, for a person: how far it got, the cause of what broke, the nearest cells
// that pass and what to do; then the same for its side checks. Ends with a newline. A cell the run
// did not plan is an answer too, and says so.
std::string explain(const Run& run, const std::string& cell_id);

// The same for a program.
json::object explanation_json(const Run& run, const std::string& cell_id);

}  // namespace testbed
