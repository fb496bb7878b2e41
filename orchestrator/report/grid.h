#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// The matrix as a table: sandboxes are columns, everything else is rows, both in the order of the
// axes. What nothing was planned for has no row and no column.
struct Grid {
  struct Row {
    std::vector<std::string> labels;        // one for each of row_axes
    std::vector<const PlannedCell*> cells;  // one for each column; null: not planned
  };
  std::vector<std::string> row_axes;  // "approach", then the scenario's own
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

// Points into the run, which must live longer.
Grid grid_of(const Run& run);

// "fuse-cgroup", or "fuse-cgroup+large" where the scenario has axes of its own.
std::string row_label_of(const Run& run, const PlannedCell& cell);
std::string sandbox_of(const PlannedCell& cell);

}  // namespace testbed
