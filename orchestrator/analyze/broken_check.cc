#include "orchestrator/analyze/broken_check.h"

#include <algorithm>

namespace testbed {

const Attempt* decisive_attempt(const CellResult& result) {
  const auto found =
      std::find_if(result.attempts.begin(), result.attempts.end(), [&](const Attempt& attempt) {
        return attempt.observed == result.outcome.observed && attempt.rung == result.outcome.rung;
      });
  if (found != result.attempts.end()) return &*found;
  return result.attempts.empty() ? nullptr : &result.attempts.back();
}

const CheckResult* broken_rung(const CellResult& result) {
  const Attempt* attempt = decisive_attempt(result);
  if (attempt == nullptr) return nullptr;
  const auto found = std::find_if(
      attempt->checks.begin(), attempt->checks.end(),
      [](const CheckResult& check) { return check.is_rung && check.observed != Observed::Pass; });
  return found == attempt->checks.end() ? nullptr : &*found;
}

}  // namespace testbed
