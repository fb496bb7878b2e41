#pragma once

#include "orchestrator/run/cell_runner.h"
#include "orchestrator/run/event_queue.h"

namespace testbed {

struct RunPlan {
  std::vector<Cell> cells;  // those selected, in the order of the matrix
  std::vector<CauseRule> causes;
  unsigned jobs = 1;
  int repeat = 1;                       // attempts per cell
  std::optional<std::uint64_t> seed{};  // cells come in an order that it decides
};

// Runs every cell, controls first, and posts a CellFinished for each: also for those that a stop
// left pending. Returns when all workers are done.
std::vector<CellResult> run_matrix(const RunPlan& plan, const CellTools& tools, EventQueue& events,
                                   std::stop_token stop);

}  // namespace testbed
