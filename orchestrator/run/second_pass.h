#pragma once

#include "orchestrator/run/matrix_runner.h"

namespace testbed {

// Runs those cells of the plan again, and their neighbours, and posts a SecondPassFinished for each
// look: none for one that a stop did not let begin. What the cells came to stays as it is.
void run_second_passes(const std::vector<SecondLook>& looks, const RunPlan& plan,
                       const CellTools& tools, EventQueue& events, std::stop_token stop);

}  // namespace testbed
