#include "orchestrator/analyze/support.h"

#include <algorithm>
#include <map>

#include "orchestrator/analyze/neighbours.h"
#include "orchestrator/model/version_range.h"

namespace testbed {
namespace {

constexpr const char* kSandbox = "sandbox";

// A sandbox without its version: what two versions of the same have in common.
std::string kind_of(std::string sandbox) {
  const auto date = find_version_date(sandbox);
  return date ? sandbox.erase(sandbox.find(*date), date->size()) : sandbox;
}

std::map<std::string, std::string> apart_from_version(const PlannedCell& cell) {
  auto coordinates = cell.coordinates;
  const auto sandbox = coordinates.find(kSandbox);
  if (sandbox != coordinates.end()) sandbox->second = kind_of(sandbox->second);
  return coordinates;
}

// Whether the check held in every attempt; nothing where one did not come as far.
std::optional<bool> holds(const CellResult& result, const std::string& name) {
  bool passes = !result.attempts.empty();
  if (!passes) return std::nullopt;
  for (const Attempt& attempt : result.attempts) {
    const auto found = std::find_if(attempt.checks.begin(), attempt.checks.end(),
                                    [&](const CheckResult& check) { return check.name == name; });
    if (found == attempt.checks.end()) return std::nullopt;
    if (found->observed != Observed::Pass && !is_red(found->observed)) return std::nullopt;
    passes = passes && found->observed == Observed::Pass;
  }
  return passes;
}

}  // namespace

std::vector<SupportRange> support_of(const Run& run, const std::string& cell_id,
                                     const std::string& check) {
  const PlannedCell* asked = find_planned(run, cell_id);
  if (asked == nullptr) return {};
  // Dates are written so that their text sorts as they do.
  std::map<std::string, bool> by_version;
  for (const PlannedCell& cell : run.planned) {
    const auto sandbox = cell.coordinates.find(kSandbox);
    const CellResult* result = run.find(cell.id);
    if (sandbox == cell.coordinates.end() || result == nullptr) continue;
    const auto version = find_version_date(sandbox->second);
    if (!version || apart_from_version(cell) != apart_from_version(*asked)) continue;
    if (const auto passes = holds(*result, check)) by_version[std::string(*version)] = *passes;
  }
  return ranges_of(by_version);
}

std::vector<SupportRange> ranges_of(const std::map<std::string, bool>& by_version) {
  std::vector<SupportRange> ranges;
  for (const auto& [version, passes] : by_version) {
    if (ranges.empty() || ranges.back().passes != passes)
      ranges.push_back({.passes = passes, .first = version, .last = version});
    ranges.back().last = version;
  }
  return ranges;
}

std::string in_words(const std::vector<SupportRange>& ranges, const std::string& passes,
                     const std::string& fails) {
  std::string out;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const SupportRange& range = ranges[i];
    const bool one = range.first == range.last;
    if (one && ranges.size() == 1) return "";
    out += (i == 0 ? "" : ", ") + (range.passes ? passes : fails) + " ";
    if (i == 0 && ranges.size() > 1) {
      out += "up to " + range.last;
    } else if (i + 1 == ranges.size() && i > 0) {
      out += "since " + range.first;
    } else {
      out += one ? "on " + range.first : "from " + range.first + " to " + range.last;
    }
  }
  return out;
}

}  // namespace testbed
