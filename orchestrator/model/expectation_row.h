#pragma once

#include <string>
#include <utility>
#include <vector>

namespace testbed {

// One expectation as it stands in a file: texts, where model/scenario.h has what they mean.
struct ExpectationRow {
  std::vector<std::pair<std::string, std::vector<std::string>>> where;  // axis: values or ranges
  std::string reaches;  // a rung; empty: of a side check
  std::string check;
  std::string signature;
  std::string because;
};

}  // namespace testbed
