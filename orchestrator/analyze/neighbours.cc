#include "orchestrator/analyze/neighbours.h"

#include <algorithm>
#include <functional>

#include "orchestrator/model/version_range.h"

namespace testbed {
namespace {

constexpr const char* kSandbox = "sandbox";
constexpr const char* kApproach = "approach";
constexpr const char* kNative = "native";

// In the order in which a person wants to read them.
constexpr int rank_of(Neighbour::Kind kind) { return static_cast<int>(kind); }

using Passes = std::function<bool(const CellResult&)>;

// The axis in which two cells differ; nothing unless it is exactly one.
std::optional<std::string> one_difference(const PlannedCell& a, const PlannedCell& b) {
  std::optional<std::string> axis;
  if (a.coordinates.size() != b.coordinates.size()) return std::nullopt;
  for (const auto& [name, value] : a.coordinates) {
    const auto other = b.coordinates.find(name);
    if (other == b.coordinates.end()) return std::nullopt;
    if (other->second == value) continue;
    if (axis) return std::nullopt;
    axis = name;
  }
  return axis;
}

// What follows the version: "+ptrace".
std::string platform_of(const std::string& sandbox) {
  const std::size_t plus = sandbox.find('+');
  return plus == std::string::npos ? "" : sandbox.substr(plus);
}

std::optional<Neighbour::Kind> kind_of_sandbox(const std::string& here, const std::string& there) {
  if (there == kNative) return Neighbour::Kind::Control;
  const auto from = find_version_date(here);
  const auto to = find_version_date(there);
  if (!from || !to) return std::nullopt;
  if (*from == *to) return Neighbour::Kind::Platform;
  // Another version on another platform differs in two things.
  if (platform_of(here) != platform_of(there)) return std::nullopt;
  return *to < *from ? Neighbour::Kind::Older : Neighbour::Kind::Newer;
}

std::optional<Neighbour> as_neighbour(const PlannedCell& from, const PlannedCell& to) {
  const auto axis = one_difference(from, to);
  if (!axis) return std::nullopt;
  const std::string& value = to.coordinates.at(*axis);
  Neighbour neighbour{
      .kind = Neighbour::Kind::OtherAxis, .cell = to.id, .axis = *axis, .value = value};
  if (*axis == kApproach) neighbour.kind = Neighbour::Kind::Approach;
  if (*axis == kSandbox) {
    const auto kind = kind_of_sandbox(from.coordinates.at(*axis), value);
    if (!kind) return std::nullopt;
    neighbour.kind = *kind;
  }
  return neighbour;
}

// Dates are written so that their text sorts as they do.
bool is_nearer(const Neighbour& a, const Neighbour& b) {
  const auto date_a = find_version_date(a.value);
  const auto date_b = find_version_date(b.value);
  return a.kind == Neighbour::Kind::Older ? *date_a > *date_b : *date_a < *date_b;
}

// Of versions only the nearest on each side says something.
void add_nearest(std::vector<Neighbour>& neighbours, Neighbour found) {
  const bool one_only =
      found.kind == Neighbour::Kind::Older || found.kind == Neighbour::Kind::Newer;
  const auto known = std::find_if(neighbours.begin(), neighbours.end(),
                                  [&](const Neighbour& other) { return other.kind == found.kind; });
  if (!one_only || known == neighbours.end()) {
    neighbours.push_back(std::move(found));
  } else if (is_nearer(found, *known)) {
    *known = std::move(found);
  }
}

std::vector<Neighbour> neighbours_that(const Run& run, const std::string& cell_id,
                                       const Passes& passes) {
  std::vector<Neighbour> neighbours;
  const PlannedCell* from = find_planned(run, cell_id);
  if (from == nullptr) return neighbours;
  for (const PlannedCell& to : run.planned) {
    const CellResult* result = run.find(to.id);
    if (result == nullptr || !passes(*result)) continue;
    if (auto found = as_neighbour(*from, to)) add_nearest(neighbours, std::move(*found));
  }
  std::stable_sort(
      neighbours.begin(), neighbours.end(),
      [](const Neighbour& a, const Neighbour& b) { return rank_of(a.kind) < rank_of(b.kind); });
  return neighbours;
}

bool all_attempts_pass_check(const CellResult& result, const std::string& name) {
  return !result.attempts.empty() &&
         std::all_of(result.attempts.begin(), result.attempts.end(), [&](const Attempt& attempt) {
           return std::any_of(attempt.checks.begin(), attempt.checks.end(),
                              [&](const CheckResult& check) {
                                return check.name == name && check.observed == Observed::Pass;
                              });
         });
}

}  // namespace

const PlannedCell* find_planned(const Run& run, const std::string& cell_id) {
  const auto found = std::find_if(run.planned.begin(), run.planned.end(),
                                  [&](const PlannedCell& cell) { return cell.id == cell_id; });
  return found == run.planned.end() ? nullptr : &*found;
}

std::vector<Neighbour> passing_neighbours(const Run& run, const std::string& cell_id) {
  return neighbours_that(run, cell_id, [](const CellResult& result) {
    return result.outcome.observed == Observed::Pass && result.outcome.verdict != Verdict::Flaky;
  });
}

std::vector<Neighbour> neighbours_passing_check(const Run& run, const std::string& cell_id,
                                                const std::string& check) {
  return neighbours_that(run, cell_id, [&](const CellResult& result) {
    return all_attempts_pass_check(result, check);
  });
}

}  // namespace testbed
