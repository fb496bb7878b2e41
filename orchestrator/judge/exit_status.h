#pragma once

#include <string>
#include <vector>

#include "orchestrator/model/outcome.h"

namespace testbed {

// Of a run whose every planned cell is in `results`: 0 all as expected, 1 something is not, 2
// incomplete, 3 nothing was selected, 4 everything was skipped.
struct RunStatus {
  int code = 0;
  std::string reason;  // in words
};
RunStatus status_of(const std::vector<CellResult>& results);

}  // namespace testbed
