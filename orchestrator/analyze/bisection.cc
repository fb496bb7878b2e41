#include "orchestrator/analyze/bisection.h"

#include <algorithm>
#include <cstdlib>

#include "orchestrator/model/names.h"

namespace testbed {
namespace {

using State = Mark::State;

bool is_known(const Mark& mark) { return mark.state == State::Holds || mark.state == State::Fails; }

// Pass, red or neither of one attempt.
Observed observed_in(const Attempt& attempt, const std::string& name) {
  if (name.empty()) return attempt.observed;
  for (const CheckResult& check : attempt.checks) {
    if (check.name == name) {
      // A rung above the one that broke was not reached: it does not hold either.
      const bool unreached = check.is_rung && check.observed == Observed::Skip;
      return unreached ? attempt.observed : check.observed;
    }
  }
  return Observed::Pending;
}

}  // namespace

Mark mark_of(const CellResult& result, const std::string& check) {
  Mark mark{.attempts = static_cast<int>(result.attempts.size())};
  int holding = 0, failing = 0;
  for (const Attempt& attempt : result.attempts) {
    const Observed observed = observed_in(attempt, check);
    holding += observed == Observed::Pass;
    failing += is_red(observed);
  }
  mark.agreeing = std::max(holding, failing);
  if (holding + failing < mark.attempts || mark.attempts == 0) {
    mark.state = State::Silent;
    mark.note = std::string(name_of(result.outcome.observed)) + ": " + result.outcome.reason;
  } else if (holding != 0 && failing != 0) {
    mark.state = State::Silent;
    mark.note = "attempts disagree: " + std::to_string(holding) + " of " +
                std::to_string(mark.attempts) + " hold";
  } else {
    mark.state = holding != 0 ? State::Holds : State::Fails;
  }
  return mark;
}

// The outermost that are known: silent ends move inwards.
std::optional<Bisection::Ends> Bisection::ends() const {
  std::size_t low = 0, high = marks_.size();
  while (low < marks_.size() && marks_[low].state == State::Silent) ++low;
  while (high > 0 && marks_[high - 1].state == State::Silent) --high;
  if (low >= high) return std::nullopt;
  return Ends{low, high - 1};
}

std::vector<std::size_t> Bisection::next() const {
  const auto outer = ends();
  if (!outer) return {};
  std::vector<std::size_t> wanted;
  for (const std::size_t end : {outer->low, outer->high}) {
    if (marks_[end].state == State::Unknown) wanted.push_back(end);
  }
  if (!wanted.empty()) {
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    return wanted;
  }
  const auto range = narrowed();
  if (!range) return {};
  // The unknown one that is nearest to the middle.
  const std::size_t middle = (range->before + range->after) / 2;
  std::optional<std::size_t> best;
  const auto distance = [&](std::size_t at) { return at > middle ? at - middle : middle - at; };
  for (std::size_t at = range->before + 1; at < range->after; ++at) {
    if (marks_[at].state == State::Unknown && (!best || distance(at) < distance(*best))) best = at;
  }
  return best ? std::vector{*best} : std::vector<std::size_t>{};
}

bool Bisection::is_uniform() const {
  const auto outer = ends();
  return !outer ||
         (is_known(marks_[outer->low]) && marks_[outer->low].state == marks_[outer->high].state);
}

// The smallest range of known ones that differ.
std::optional<Bisection::Place> Bisection::narrowed() const {
  const auto outer = ends();
  if (!outer || !is_known(marks_[outer->low]) || !is_known(marks_[outer->high]) || is_uniform())
    return std::nullopt;
  Place place{outer->low, outer->high};
  for (std::size_t at = outer->low; at < outer->high; ++at) {
    if (!is_known(marks_[at])) continue;
    if (marks_[at].state != marks_[outer->low].state) {
      place.after = at;
      break;
    }
    place.before = at;
  }
  return place;
}

std::optional<Bisection::Place> Bisection::place() const {
  return next().empty() ? narrowed() : std::nullopt;
}

}  // namespace testbed
