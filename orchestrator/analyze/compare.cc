#include "orchestrator/analyze/compare.h"

#include <algorithm>

#include "orchestrator/model/expand.h"

namespace testbed {
namespace {

// One side of a pair: a cell of a run and what it came to.
struct Side {
  const PlannedCell* cell = nullptr;
  const CellResult* result = nullptr;
};

// What a ladder or a side check came to, as far as the thing under test is concerned.
struct Finding {
  Observed observed = Observed::Pending;
  std::string rung{};
  int reached = 0, total = 0;  // rungs; 0 of a side check
  std::string signature{};
  bool disagrees = false;  // attempts do
  std::string reason{};

  bool tells() const { return (observed == Observed::Pass || is_red(observed)) && !disagrees; }
};

std::string words(const Finding& finding) {
  std::string text(name_of(finding.observed));
  if (finding.disagrees) text = "flaky";
  if (finding.total > 0) {
    const std::string height =
        std::to_string(finding.reached) + "/" + std::to_string(finding.total);
    text = finding.observed == Observed::Pass
               ? text + " " + height
               : (finding.rung.empty() ? "none" : finding.rung) + " " + height + " " + text;
  }
  return finding.signature.empty() ? text : text + ", " + finding.signature;
}

Finding ladder_of(const CellResult* result) {
  if (result == nullptr) return {.reason = "it was not run"};
  const Outcome& outcome = result->outcome;
  return {.observed = outcome.observed,
          .rung = outcome.rung,
          .reached = outcome.rungs_reached,
          .total = outcome.rungs_total,
          .signature = outcome.cause ? outcome.cause->signature : "",
          .disagrees = outcome.verdict == Verdict::Flaky,
          .reason = outcome.reason};
}

Finding check_of(const CellResult* result, const std::string& name) {
  if (result == nullptr) return {.reason = "it was not run"};
  Finding finding{.reason = "it was not run"};
  bool seen = false;
  for (const Attempt& attempt : result->attempts) {
    for (const CheckResult& check : attempt.checks) {
      if (check.name != name || check.is_rung) continue;
      if (seen && check.observed != finding.observed) finding.disagrees = true;
      seen = true;
      finding.observed = check.observed;
      finding.signature = check.cause ? check.cause->signature : "";
      finding.reason = check.detail;
    }
  }
  return finding;
}

Change change_between(const Finding& before, const Finding& after) {
  const bool held = before.observed == Observed::Pass, holds = after.observed == Observed::Pass;
  if (held != holds) return held ? Change::Regressed : Change::Fixed;
  if (held) return Change::Same;
  if (after.reached < before.reached) return Change::Regressed;
  const bool equal = after.reached == before.reached && after.observed == before.observed &&
                     after.signature == before.signature;
  return equal ? Change::Same : Change::Changed;
}

class Comparing {
 public:
  explicit Comparing(Comparison& out) : out_(out) {}

  void pair(const Side& before, const Side& after) {
    if (before.cell == nullptr || after.cell == nullptr) {
      const Side& there = before.cell == nullptr ? after : before;
      return add(there, "", before.cell == nullptr ? Change::New : Change::Gone,
                 before.cell == nullptr ? "" : words(ladder_of(there.result)),
                 after.cell == nullptr ? "" : words(ladder_of(there.result)), "");
    }
    if (!before.cell->excluded_because.empty() && !after.cell->excluded_because.empty()) return;
    const bool other_ladder = before.cell->rungs != after.cell->rungs;
    judge(after, "", ladder_of(before.result), ladder_of(after.result),
          other_ladder ? "the ladder has other rungs" : "");
    for (const std::string& check : after.cell->checks) {
      const auto& checks = before.cell->checks;
      if (std::find(checks.begin(), checks.end(), check) == checks.end()) continue;
      judge(after, check, check_of(before.result, check), check_of(after.result, check), "");
    }
  }

  // By change; within one in the order in which they were paired.
  void finish() {
    std::stable_sort(out_.differences.begin(), out_.differences.end(),
                     [](const Difference& a, const Difference& b) { return a.change < b.change; });
  }

 private:
  void judge(const Side& at, const std::string& check, const Finding& before, const Finding& after,
             std::string why) {
    if (why.empty() && !(before.tells() && after.tells())) {
      const bool alike = before.observed == after.observed && !before.disagrees && !after.disagrees;
      if (alike && (before.observed == Observed::Skip || before.observed == Observed::Pending))
        return add(at, check, Change::Same, "", "", "");
      const Finding& silent = after.tells() ? before : after;
      why = silent.disagrees ? "attempts disagree"
                             : std::string(name_of(silent.observed)) + ": " + silent.reason;
    }
    const Change change = why.empty() ? change_between(before, after) : Change::NotComparable;
    add(at, check, change, words(before), words(after), std::move(why));
  }

  void add(const Side& at, const std::string& check, Change change, std::string before,
           std::string after, std::string why) {
    ++out_.counts[change];
    if (change == Change::Same) return;
    out_.differences.push_back({.change = change,
                                .cell = at.cell->id,
                                .check = check,
                                .coordinates = at.cell->coordinates,
                                .before = std::move(before),
                                .after = std::move(after),
                                .why = std::move(why)});
  }

  Comparison& out_;
};

void compare_texts(const std::string& what, const std::string& before, const std::string& after,
                   std::vector<std::string>& out) {
  if (before != after) out.push_back(what + ": " + before + ", then " + after);
}

void compare_digests(const std::string& kind, const std::map<std::string, std::string>& before,
                     const std::map<std::string, std::string>& after,
                     std::vector<std::string>& out) {
  for (const auto& [name, digest] : before) {
    const auto found = after.find(name);
    if (found != after.end() && found->second != digest)
      out.push_back(kind + name + ": other bytes");
  }
}

std::map<std::string, std::string> digests_of(const std::map<std::string, ObtainedArtifact>& all) {
  std::map<std::string, std::string> digests;
  for (const auto& [name, artifact] : all) digests[name] = artifact.digest;
  return digests;
}

std::vector<std::string> circumstances_of(const Run& before, const Run& after) {
  std::vector<std::string> out;
  const Provenance &a = before.provenance, &b = after.provenance;
  compare_texts("scenario", before.scenario, after.scenario, out);
  compare_texts("testbed", a.testbed_version, b.testbed_version, out);
  compare_texts("host kernel", a.kernel, b.kernel, out);
  compare_texts("host processor", a.cpu, b.cpu, out);
  compare_texts("host processors", std::to_string(a.cpus), std::to_string(b.cpus), out);
  compare_texts("host cgroups", a.cgroup_mode, b.cgroup_mode, out);
  compare_digests("", a.digests, b.digests, out);
  compare_digests("artifact ", digests_of(before.artifacts), digests_of(after.artifacts), out);
  for (const Run* run : {&before, &after}) {
    if (!run->complete) out.push_back(run->id + " is not complete");
  }
  return out;
}

using Coordinates = std::map<std::string, std::string>;

bool has_value(const Run& run, const std::string& axis, const std::string& value) {
  return std::any_of(run.planned.begin(), run.planned.end(), [&](const PlannedCell& cell) {
    const auto at = cell.coordinates.find(axis);
    return at != cell.coordinates.end() && at->second == value;
  });
}

Result<> check_axis(const Run& run, const std::string& axis, const std::string& value) {
  if (has_value(run, axis, value)) return {};
  return Error{"run " + run.id + " has no cell with " + axis + "=" + value};
}

}  // namespace

Comparison compare_runs(const Run& before, const Run& after) {
  Comparison out{
      .before = before.id, .after = after.id, .circumstances = circumstances_of(before, after)};
  std::map<std::string_view, const PlannedCell*> old;
  for (const PlannedCell& cell : before.planned) old.emplace(cell.id, &cell);
  Comparing comparing(out);
  for (const PlannedCell& cell : after.planned) {
    const auto found = old.find(cell.id);
    const Side now{&cell, after.find(cell.id)};
    if (found == old.end()) {
      comparing.pair({}, now);
    } else {
      comparing.pair({found->second, before.find(cell.id)}, now);
      old.erase(found);
    }
  }
  for (const PlannedCell& cell : before.planned) {
    if (old.contains(cell.id)) comparing.pair({&cell, before.find(cell.id)}, {});
  }
  comparing.finish();
  return out;
}

std::vector<Difference> failing(const Comparison& comparison, const Policy& policy) {
  const auto lists = [](const std::vector<Change>& changes, Change change) {
    return std::find(changes.begin(), changes.end(), change) != changes.end();
  };
  std::vector<Difference> out;
  for (const Difference& difference : comparison.differences) {
    if (!lists(policy.fail_on, difference.change)) continue;
    const bool excused = std::any_of(
        policy.excuses.begin(), policy.excuses.end(), [&](const Policy::Excuse& excuse) {
          return (excuse.changes.empty() || lists(excuse.changes, difference.change)) &&
                 matches(excuse.where, difference.coordinates);
        });
    if (!excused) out.push_back(difference);
  }
  return out;
}

Result<Comparison> compare_values(const Run& run, const std::string& axis,
                                  const std::string& before, const std::string& after) {
  TRY(check_axis(run, axis, before));
  TRY(check_axis(run, axis, after));
  Comparison out{.before = run.id + " " + axis + "=" + before,
                 .after = run.id + " " + axis + "=" + after};
  std::map<Coordinates, Side> old;
  const auto rest_of = [&](const PlannedCell& cell) {
    Coordinates rest = cell.coordinates;
    rest.erase(axis);
    return rest;
  };
  for (const PlannedCell& cell : run.planned) {
    if (cell.coordinates.at(axis) == before) old[rest_of(cell)] = {&cell, run.find(cell.id)};
  }
  Comparing comparing(out);
  for (const PlannedCell& cell : run.planned) {
    if (cell.coordinates.at(axis) != after) continue;
    const auto found = old.find(rest_of(cell));
    comparing.pair(found == old.end() ? Side{} : found->second, {&cell, run.find(cell.id)});
    if (found != old.end()) old.erase(found);
  }
  for (const auto& [rest, side] : old) comparing.pair(side, {});
  comparing.finish();
  return out;
}

}  // namespace testbed
