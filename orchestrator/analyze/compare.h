#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/model/policy.h"
#include "orchestrator/model/run.h"

namespace testbed {

struct Difference {
  Change change = Change::Same;
  std::string cell;   // its id in the second run, of one that is gone in the first
  std::string check;  // a side check; empty: the ladder
  std::map<std::string, std::string> coordinates;
  std::string before, after;  // in words: "pass 5/5", "listed 2/5 fail, fuse-access-enosys"
  std::string why;            // it is not comparable; empty otherwise
};

struct Comparison {
  std::string before, after;  // what was compared: run ids, or a run's id and an axis value
  // All that is not the same, by change and then in the order of the matrix.
  std::vector<Difference> differences{};
  std::map<Change, std::size_t> counts{};
  // What else differs between the two: "host kernel: 6.12, then 6.18", "artifact runsc-20240722:
  // other bytes". It can be the cause of any difference.
  std::vector<std::string> circumstances{};
};

// Cells and side checks are paired by id. In time linear in the cells, but for the maps' logarithm.
Comparison compare_runs(const Run& before, const Run& after);

// The differences that fail a gate with this policy: by class, and not excused.
std::vector<Difference> failing(const Comparison& comparison, const Policy& policy);

// Two values of an axis in one run: cells that differ in nothing else are paired. An error if the
// run has no such axis or value.
Result<Comparison> compare_values(const Run& run, const std::string& axis,
                                  const std::string& before, const std::string& after);

}  // namespace testbed
