#include "orchestrator/analyze/second_looks.h"

#include <algorithm>

#include "orchestrator/analyze/broken_check.h"
#include "orchestrator/analyze/neighbours.h"
#include "orchestrator/model/side_checks.h"
#include "orchestrator/model/version_range.h"

namespace testbed {
namespace {

bool is_surprise(Verdict verdict) {
  return verdict == Verdict::Unexpected || verdict == Verdict::XfailChanged;
}

// The check that a cell is looked at for; null: none.
const CheckResult* check_of(const CellResult& result, bool expected_too) {
  if (!expected_too && !may_deserve_a_second_look(result.outcome)) return nullptr;
  const CheckResult* rung = broken_rung(result);
  if (rung && (is_red(rung->observed) || rung->observed == Observed::Error)) return rung;
  for (const CheckResult* side : red_side_checks(result)) {
    if (is_surprise(side->verdict) || expected_too) return side;
  }
  return nullptr;
}

// gVisor's own traces can be had of versions only.
std::string traced_neighbour(const Run& run, const std::string& cell, const std::string& check) {
  for (const Neighbour& neighbour : neighbours_passing_check(run, cell, check)) {
    const auto& coordinates = find_planned(run, neighbour.cell)->coordinates;
    const auto sandbox = coordinates.find("sandbox");
    if (sandbox != coordinates.end() && find_version_date(sandbox->second)) return neighbour.cell;
  }
  return "";
}

}  // namespace

std::vector<SecondLook> second_looks(const Run& run, bool expected_too) {
  std::vector<SecondLook> looks;
  for (const PlannedCell& cell : run.planned) {
    const CellResult* result = run.find(cell.id);
    const CheckResult* check = result ? check_of(*result, expected_too) : nullptr;
    if (check == nullptr) continue;
    looks.push_back({.cell = cell.id,
                     .check = check->name,
                     // A rung that is charged with what broke before it has no command.
                     .from_start = check->command.empty(),
                     .neighbour = traced_neighbour(run, cell.id, check->name)});
  }
  return looks;
}

bool may_deserve_a_second_look(const Outcome& outcome) {
  return is_surprise(outcome.verdict) || outcome.observed == Observed::Error;
}

}  // namespace testbed
