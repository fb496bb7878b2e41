#include "orchestrator/analyze/neighbours.h"

#include <algorithm>
#include <map>

#include "orchestrator/model/cell.h"

namespace testbed {
namespace {

using Relation = Neighbour::Relation;

constexpr const char* kSandbox = "sandbox";
constexpr std::size_t kMostOfAnAxis = 2;

bool holds(const Attempt& attempt, const std::string& check) {
  return std::any_of(attempt.checks.begin(), attempt.checks.end(), [&](const CheckResult& result) {
    return result.name == check && result.observed == Observed::Pass;
  });
}

// In every attempt: a flaky cell proves nothing.
bool passes(const CellResult* result, const std::string& check) {
  return result && !result->attempts.empty() &&
         std::all_of(result->attempts.begin(), result->attempts.end(),
                     [&](const Attempt& attempt) { return holds(attempt, check); });
}

// The one axis in which two cells differ; nothing where it is none or several.
std::optional<std::string> difference(const PlannedCell& a, const PlannedCell& b) {
  if (a.coordinates.size() != b.coordinates.size()) return std::nullopt;
  std::optional<std::string> axis;
  for (const auto& [name, value] : a.coordinates) {
    const auto other = b.coordinates.find(name);
    if (other == b.coordinates.end() || (other->second != value && axis)) return std::nullopt;
    if (other->second != value) axis = name;
  }
  return axis;
}

std::string platform_of(const std::string& sandbox) {
  const std::size_t plus = sandbox.find('+');
  return plus == std::string::npos ? "" : sandbox.substr(plus);
}

// How two sandboxes are related; nothing where they differ in version and platform.
std::optional<Relation> relation_of(const std::string& from, const std::string& to) {
  const auto theirs = parse_sandbox(to);
  if (theirs && theirs->kind == SandboxSpec::Kind::Native) return Relation::Control;
  const auto mine_at = find_version_date(from), theirs_at = find_version_date(to);
  if (!mine_at || !theirs_at) return std::nullopt;
  if (*mine_at == *theirs_at) return Relation::OtherPlatform;
  if (platform_of(from) != platform_of(to)) return std::nullopt;
  return *theirs_at < *mine_at ? Relation::Earlier : Relation::Later;
}

std::ptrdiff_t place_on_axis(const Run& run, const std::string& axis, const std::string& value) {
  for (const Axis& known : run.axes) {
    if (known.name == axis)
      return std::find(known.values.begin(), known.values.end(), value) - known.values.begin();
  }
  return 0;
}

std::ptrdiff_t distance(const Run& run, const Neighbour& neighbour) {
  return std::abs(place_on_axis(run, neighbour.axis, neighbour.from) -
                  place_on_axis(run, neighbour.axis, neighbour.to));
}

bool is_nearer(const Run& run, const Neighbour& a, const Neighbour& b) {
  if (a.relation != b.relation) return a.relation < b.relation;
  if (a.relation == Relation::Earlier) return a.to > b.to;  // dates: text order is time order
  if (a.relation == Relation::Later) return a.to < b.to;
  if (a.axis != b.axis) return a.axis < b.axis;
  return distance(run, a) < distance(run, b);
}

std::size_t most_of(Relation relation) {
  switch (relation) {
    case Relation::Earlier:
    case Relation::Later:
    case Relation::Control:
      return 1;
    case Relation::OtherPlatform:
    case Relation::OtherValue:
      break;
  }
  return kMostOfAnAxis;
}

std::optional<Neighbour> neighbour_of(const Run& run, const PlannedCell& cell,
                                      const PlannedCell& other) {
  const auto axis = difference(cell, other);
  if (!axis) return std::nullopt;
  Neighbour neighbour{.relation = Relation::OtherValue,
                      .cell = other.id,
                      .axis = *axis,
                      .from = cell.coordinates.at(*axis),
                      .to = other.coordinates.at(*axis),
                      .passes_all = run.find(other.id)->outcome.observed == Observed::Pass};
  if (*axis != kSandbox) return neighbour;
  const auto relation = relation_of(neighbour.from, neighbour.to);
  if (!relation) return std::nullopt;
  neighbour.relation = *relation;
  return neighbour;
}

}  // namespace

std::vector<Neighbour> passing_neighbours(const Run& run, const PlannedCell& cell,
                                          const std::string& check) {
  std::vector<Neighbour> all;
  for (const PlannedCell& other : run.planned) {
    if (!passes(run.find(other.id), check)) continue;
    if (auto neighbour = neighbour_of(run, cell, other)) all.push_back(std::move(*neighbour));
  }
  std::stable_sort(all.begin(), all.end(),
                   [&](const Neighbour& a, const Neighbour& b) { return is_nearer(run, a, b); });
  std::vector<Neighbour> nearest;
  std::map<std::pair<Relation, std::string>, std::size_t> taken;
  for (Neighbour& neighbour : all) {
    if (taken[{neighbour.relation, neighbour.axis}]++ < most_of(neighbour.relation))
      nearest.push_back(std::move(neighbour));
  }
  return nearest;
}

const PlannedCell* find_planned(const Run& run, const std::string& cell_id) {
  const auto found = std::find_if(run.planned.begin(), run.planned.end(),
                                  [&](const PlannedCell& cell) { return cell.id == cell_id; });
  return found == run.planned.end() ? nullptr : &*found;
}

}  // namespace testbed
