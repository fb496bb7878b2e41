#pragma once

#include "orchestrator/base/json.h"
#include "orchestrator/model/run.h"

namespace testbed {

// Why a cell is as it is: how far it got, the cause, the evidence, the nearest cells that pass, the
// remedy, and the same for its red side checks. Printable lines; also for cells that are not red or
// did not run.
std::string explain(const Run& run, const std::string& cell_id);
std::string explain(const Run& run, const CellResult& result);

// The same as data.
json::object explanation_json(const Run& run, const std::string& cell_id);

}  // namespace testbed
