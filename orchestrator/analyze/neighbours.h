#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/model/run.h"

namespace testbed {

// A cell in which a check held that did not hold in another, and which differs from that one in one
// coordinate: whatever made the difference lies there.
struct Neighbour {
  enum class Relation { Earlier, Later, Control, OtherPlatform, OtherValue };
  Relation relation = Relation::OtherValue;
  std::string cell;            // its id
  std::string axis, from, to;  // the coordinate that differs
  bool passes_all = false;     // every rung, not only that check
};

// The nearest ones: the version before and the one after (of the same platform), the control, the
// same version on other platforms, and for each other axis up to two values.
std::vector<Neighbour> passing_neighbours(const Run& run, const PlannedCell& cell,
                                          const std::string& check);

const PlannedCell* find_planned(const Run& run, const std::string& cell_id);

}  // namespace testbed
