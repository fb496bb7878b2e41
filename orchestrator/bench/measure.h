#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace testbed {

// What one repetition took. Processor time is that of this process or of the children it waited
// for, whichever did the work; on a machine that does other things too it says more than time.
struct Cost {
  double seconds = 0;
  double processor_seconds = 0;
};

Cost cost_of(const std::function<void()>& work);

// By name of what was measured, one Cost for each repetition.
using Costs = std::map<std::string, std::vector<Cost>>;

double median_seconds(const std::vector<Cost>& costs);
double median_processor_seconds(const std::vector<Cost>& costs);

// The most memory this process has had (VmHWM of proc(5)).
double peak_megabytes();

// The one argument of a benchmark, or what it is without one; 0 for what is no number.
int number_argument(int argc, char** argv, int otherwise);

// Prints why a benchmark could not be carried out; the exit code.
int conclude(const Result<>& result);

}  // namespace testbed
