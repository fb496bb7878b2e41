#include "orchestrator/analyze/clusters.h"

#include <algorithm>
#include <cctype>

#include "orchestrator/model/side_checks.h"

namespace testbed {
namespace {

constexpr const char* kUnknown = "unknown:";
constexpr std::size_t kSeenCompared = 80;  // bytes: what follows is often a log

// Process ids, times and addresses differ where the trouble does not.
std::string without_numbers(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, kSeenCompared)) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (digit && out.ends_with('#')) continue;
    out += digit ? '#' : c;
  }
  return out;
}

std::string place_of(const PlannedCell& cell) {
  const auto approach = cell.coordinates.find("approach");
  const auto sandbox = cell.coordinates.find("sandbox");
  if (approach == cell.coordinates.end() || sandbox == cell.coordinates.end()) return cell.id;
  return approach->second + " on " + sandbox->second;
}

// The rung that broke: the first of the ladder that does not hold.
std::string broken_rung(const PlannedCell& cell, const Outcome& outcome) {
  const auto reached = std::find(cell.rungs.begin(), cell.rungs.end(), outcome.rung);
  if (reached == cell.rungs.end()) return cell.rungs.empty() ? "" : cell.rungs.front();
  return reached + 1 == cell.rungs.end() ? *reached : *(reached + 1);
}

}  // namespace

void Clusters::add(const Run& run) {
  for (const PlannedCell& cell : run.planned) {
    const CellResult* result = run.find(cell.id);
    if (result == nullptr) continue;
    const Outcome& outcome = result->outcome;
    if (is_red(outcome.observed) && outcome.cause)
      add(run, cell, *outcome.cause, broken_rung(cell, outcome), outcome.reason);
    for (const CheckResult* check : red_side_checks(*result)) {
      if (check->cause) add(run, cell, *check->cause, check->name, check->detail);
    }
  }
}

void Clusters::add(const Run& run, const PlannedCell& cell, const Cause& cause,
                   const std::string& check, const std::string& seen) {
  const bool unknown = cause.signature.starts_with(kUnknown);
  Cluster& cluster = by_key_[cause.signature + (unknown ? "\n" + without_numbers(seen) : "")];
  cluster.signature = cause.signature;
  cluster.seen = seen;
  ++cluster.cells;
  ++cluster.checks[check];
  cluster.runs.insert(run.id);
  cluster.places.insert(place_of(cell));
}

std::vector<Cluster> Clusters::largest_first() const {
  std::vector<Cluster> all;
  for (const auto& [key, cluster] : by_key_) all.push_back(cluster);
  std::stable_sort(all.begin(), all.end(),
                   [](const Cluster& a, const Cluster& b) { return a.cells > b.cells; });
  return all;
}

}  // namespace testbed
