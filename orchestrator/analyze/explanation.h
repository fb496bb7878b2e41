#pragma once

#include "orchestrator/analyze/neighbours.h"

namespace testbed {

// One check that did not pass, and where it does.
struct Trouble {
  const CheckResult* check = nullptr;
  std::vector<Neighbour> neighbours;
};

// What there is to say about a cell, before it is put into words. Points into the run.
struct Explanation {
  const PlannedCell* planned = nullptr;
  const CellResult* result = nullptr;  // null: it was not run
  const Attempt* attempt = nullptr;    // the worst one; null: there is none
  std::string title;                   // "fuse-cgroup on runsc-20240722"
  Trouble broken_rung;                 // its check is null where every rung passed
  std::vector<Trouble> side_checks;    // the red ones
};

// An error where the run has no such cell.
Result<Explanation> explanation_of(const Run& run, const std::string& cell_id);

// Where two cells first come to something else: "`listed`: fail, getdents64: ENOSYS; there: pass".
std::string first_difference(const Run& run, const Attempt& attempt, const std::string& other_cell);

}  // namespace testbed
