#pragma once

#include <string>
#include <vector>

#include "orchestrator/model/run.h"

namespace testbed {

// What every report says about a run, in the order of its matrix. All of it points into the run.

// A planned cell and what it came to; without a result it is pending.
struct CellView {
  const PlannedCell* planned = nullptr;
  const CellResult* result = nullptr;  // null: none
  const SecondPass* second_pass = nullptr;
  Outcome outcome;
  std::string row, column;  // its place in the matrix: other coordinates, sandbox
  std::size_t place = 0;    // of its column among columns_of
};
// In the order in which they were planned.
std::vector<CellView> cells_of(const Run& run);

// Sandboxes that have a cell: those without a version in the order of their axis, then versions as
// they were released, so that a row reads as a history.
std::vector<std::string> columns_of(const std::vector<CellView>& cells);
// The other coordinates, joined, in the order of the matrix.
std::vector<std::string> rows_of(const std::vector<CellView>& cells);

// The worst that a side check came to in the attempts of a cell.
struct SideCheck {
  const CellView* cell = nullptr;
  const CheckResult* check = nullptr;
};
std::vector<SideCheck> red_side_checks(const std::vector<CellView>& cells);

// "a on x, y; b on z": cells of one row are named together, and four or more neighbouring columns
// as "x to y (4)".
std::string listed(const std::vector<const CellView*>& cells);

// One cause and all it explains.
struct CauseGroup {
  Cause cause;
  std::vector<const CellView*> cells;  // whose ladder ends by it
  std::vector<std::string> checks{};   // side checks that it breaks somewhere
};
std::vector<CauseGroup> causes_of(const std::vector<CellView>& cells);

// "`a`, `b`".
std::string in_backticks(const std::vector<std::string>& checks);

bool is_unexpected(Verdict verdict);
// "ok", "known" (failed as expected), "bad" (unexpected), "none": the colour of a cell.
const char* kind_of(Verdict verdict);
bool has_ended(const CellView& cell);  // it has a result that is not pending

// "12 cells: 8 ok, 3 xfail, 1 skip".
std::string counts_in_words(const std::vector<CellView>& cells);
// "second pass: 2 cells run once more, 1 of them passes then"; empty where there was none.
std::string second_passes_in_words(const Run& run);
// "exit code 1: something is not as expected".
std::string exit_in_words(const Run& run);
// "INCOMPLETE: 37 of 60 cells"; empty for a run with its footer.
std::string incomplete_banner(const Run& run, const std::vector<CellView>& cells);

// "pass 11/11", "mounted 2/7 xfail"; a * where a side check is red.
std::string cell_words(const CellView& cell);
// "infra", "mounted 2/7": without the verdict.
std::string reached_words(const Outcome& outcome);

}  // namespace testbed
