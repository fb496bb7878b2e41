#include "orchestrator/judge/exit_status.h"

#include <map>

namespace testbed {
namespace {

std::string counted(int count, const char* what) { return std::to_string(count) + " " + what; }

}  // namespace

RunStatus status_of(const std::vector<CellResult>& results) {
  if (results.empty()) return {3, "nothing was selected"};
  int unexpected = 0, incomplete = 0, skipped = 0;
  for (const CellResult& result : results) {
    switch (result.outcome.verdict) {
      case Verdict::Ok:
      case Verdict::Xfail:
        break;
      case Verdict::XfailChanged:
      case Verdict::Xpass:
      case Verdict::Unexpected:
      case Verdict::Flaky:
        ++unexpected;
        break;
      case Verdict::Inconclusive:
        ++incomplete;
        break;
      case Verdict::None:
        ++(result.outcome.observed == Observed::Skip ? skipped : incomplete);
        break;
    }
  }
  const int total = static_cast<int>(results.size());
  if (unexpected > 0)
    return {1, counted(unexpected, "of ") + counted(total, "cells not as expected")};
  if (incomplete > 0)
    return {2, counted(incomplete, "of ") + counted(total, "cells have no conclusive result")};
  if (skipped == total) return {4, "all cells were skipped"};
  return {0, "all as expected" + (skipped ? ", " + counted(skipped, "skipped") : "")};
}

}  // namespace testbed
