#include "orchestrator/model/side_checks.h"

#include <set>
#include <string_view>

#include "orchestrator/model/names.h"

namespace testbed {

std::vector<const CheckResult*> red_side_checks(const CellResult& result) {
  std::vector<const CheckResult*> red;
  std::set<std::string_view> seen;
  for (const Attempt& attempt : result.attempts) {
    for (const CheckResult& check : attempt.checks) {
      if (check.is_rung || !is_red(check.observed) || !seen.insert(check.name).second) continue;
      red.push_back(&check);
    }
  }
  return red;
}

}  // namespace testbed
