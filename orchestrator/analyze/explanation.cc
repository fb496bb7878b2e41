#include "orchestrator/analyze/explanation.h"

#include <algorithm>

namespace testbed {
namespace {

std::string title_of(const Run& run, const PlannedCell& cell) {
  std::string others, sandbox;
  for (const Axis& axis : run.axes) {
    const auto at = cell.coordinates.find(axis.name);
    if (at == cell.coordinates.end()) continue;
    if (axis.name == "sandbox") {
      sandbox = at->second;
    } else {
      others += (others.empty() ? "" : ", ") + at->second;
    }
  }
  return others.empty() || sandbox.empty() ? cell.id : others + " on " + sandbox;
}

// The attempt that the outcome speaks of.
const Attempt* worst_attempt(const CellResult& result) {
  if (result.attempts.empty()) return nullptr;
  const auto found =
      std::find_if(result.attempts.begin(), result.attempts.end(), [&](const Attempt& attempt) {
        return attempt.observed == result.outcome.observed && attempt.rung == result.outcome.rung;
      });
  return found == result.attempts.end() ? &result.attempts[0] : &*found;
}

std::string words_of(const CheckResult& check) {
  return std::string(name_of(check.observed)) + (check.detail.empty() ? "" : ", " + check.detail);
}

const CheckResult* find_check(const Attempt& attempt, const std::string& name) {
  const auto found = std::find_if(attempt.checks.begin(), attempt.checks.end(),
                                  [&](const CheckResult& check) { return check.name == name; });
  return found == attempt.checks.end() ? nullptr : &*found;
}

}  // namespace

Result<Explanation> explanation_of(const Run& run, const std::string& cell_id) {
  Explanation out;
  out.planned = find_planned(run, cell_id);
  if (out.planned == nullptr) return Error{"run " + run.id + " has no cell " + cell_id};
  out.title = title_of(run, *out.planned);
  out.result = run.find(cell_id);
  out.attempt = out.result ? worst_attempt(*out.result) : nullptr;
  if (out.attempt == nullptr) return out;
  for (const CheckResult& check : out.attempt->checks) {
    if (check.is_rung && check.observed != Observed::Pass && out.broken_rung.check == nullptr)
      out.broken_rung = {&check, passing_neighbours(run, *out.planned, check.name)};
  }
  // A side check may be red in another attempt only.
  std::vector<std::string> seen;
  for (const Attempt& attempt : out.result->attempts) {
    for (const CheckResult& check : attempt.checks) {
      const bool known = std::find(seen.begin(), seen.end(), check.name) != seen.end();
      if (check.is_rung || !is_red(check.observed) || known) continue;
      seen.push_back(check.name);
      out.side_checks.push_back({&check, passing_neighbours(run, *out.planned, check.name)});
    }
  }
  return out;
}

std::string first_difference(const Run& run, const Attempt& attempt,
                             const std::string& other_cell) {
  const CellResult* other = run.find(other_cell);
  if (other == nullptr || other->attempts.empty()) return "";
  for (const CheckResult& here : attempt.checks) {
    const CheckResult* there = find_check(other->attempts[0], here.name);
    if (there == nullptr || words_of(*there) == words_of(here)) continue;
    return "`" + here.name + "`: " + words_of(here) + "; there: " + words_of(*there);
  }
  return "";
}

}  // namespace testbed
