#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// A cell that passes and differs from a red one in one coordinate: what lies between the two is
// what to look at.
struct Neighbour {
  enum class Kind { Older, Newer, Platform, Control, Approach, OtherAxis };
  Kind kind = Kind::Older;
  std::string cell;
  std::string axis, value;  // the one coordinate in which it differs, and what it is there
};

// The nearest older and the nearest newer passing version, the same version on other platforms, the
// control, the passing approaches on the same sandbox, and passing values of other axes.
std::vector<Neighbour> passing_neighbours(const Run& run, const std::string& cell_id);

// The same for a side check, which has neighbours of its own: it can fail where the ladder passes.
std::vector<Neighbour> neighbours_passing_check(const Run& run, const std::string& cell_id,
                                                const std::string& check);

const PlannedCell* find_planned(const Run& run, const std::string& cell_id);

}  // namespace testbed
