#include "orchestrator/analyze/why.h"

#include <algorithm>

#include "orchestrator/analyze/broken_check.h"
#include "orchestrator/analyze/neighbours.h"
#include "orchestrator/analyze/support.h"
#include "orchestrator/base/printable.h"
#include "orchestrator/model/run_json.h"
#include "orchestrator/model/side_checks.h"

namespace testbed {
namespace {

constexpr std::size_t kKeyColumns = 12;
constexpr std::size_t kMostApproaches = 3;

std::string keyed(std::string key, const std::string& text) {
  if (text.empty()) return "";
  key.resize(kKeyColumns, ' ');
  return "  " + key + printable_line(text) + "\n";
}

// "fuse-cgroup-bare on runsc-20240722", with the values of further axes: "x on y, large".
std::string name_of_cell(const PlannedCell& cell) {
  std::string approach, sandbox, rest;
  for (const auto& [axis, value] : cell.coordinates) {
    if (axis == "approach") {
      approach = value;
    } else if (axis == "sandbox") {
      sandbox = value;
    } else {
      rest += ", " + value;
    }
  }
  return approach.empty() || sandbox.empty() ? cell.id : approach + " on " + sandbox + rest;
}

std::string in_words(const Neighbour& neighbour) {
  switch (neighbour.kind) {
    case Neighbour::Kind::Older:
    case Neighbour::Kind::Newer:
    case Neighbour::Kind::Platform:
      return "on " + neighbour.value;
    case Neighbour::Kind::Control:
      return "natively";
    case Neighbour::Kind::Approach:
      return "here with " + neighbour.value;
    case Neighbour::Kind::OtherAxis:
      return "here with " + neighbour.axis + " " + neighbour.value;
  }
  return "";
}

// "`listed` passes on runsc-20221219, natively, and here with fuse-cgroup".
std::string in_words(const std::string& check, const std::vector<Neighbour>& neighbours) {
  std::vector<std::string> parts;
  std::size_t approaches = 0;
  for (const Neighbour& neighbour : neighbours) {
    const bool is_approach = neighbour.kind == Neighbour::Kind::Approach;
    if (is_approach && ++approaches > kMostApproaches) continue;
    parts.push_back(in_words(neighbour));
  }
  if (approaches > kMostApproaches) {
    parts.push_back(std::to_string(approaches - kMostApproaches) + " further approaches");
  }
  if (parts.empty()) return "`" + check + "` passes nowhere that differs in one coordinate only";
  std::string out = "`" + check + "` passes " + parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) {
    out += (i + 1 < parts.size() ? ", " : ", and ") + parts[i];
  }
  return out;
}

std::string verb_of(Observed observed) {
  switch (observed) {
    case Observed::Pass:
      return "passed";
    case Observed::Fail:
      return "failed";
    case Observed::Crash:
      return "crashed";
    case Observed::Timeout:
      return "ran out of time";
    case Observed::Hang:
      return "hung";
    case Observed::Error:
      return "could not be carried out";
    case Observed::Infra:
      return "met a fault of the test bed";
    case Observed::Skip:
      return "was skipped";
    case Observed::Pending:
      return "was not run";
  }
  return "";
}

std::string with_detail(std::string text, const std::string& detail) {
  return detail.empty() ? text : std::move(text) + ": " + detail;
}

std::string reached(const Outcome& outcome) {
  return "reached " + std::to_string(outcome.rungs_reached) + " of " +
         std::to_string(outcome.rungs_total) + " rungs" +
         (outcome.rung.empty() ? "" : " (" + outcome.rung + ")");
}

// What happened, in one line, without the name of the cell.
std::string headline(const CellResult* result) {
  if (result == nullptr || result->outcome.observed == Observed::Pending) return "was not run";
  const Outcome& outcome = result->outcome;
  if (outcome.observed == Observed::Skip) return with_detail("was skipped", outcome.reason);
  if (outcome.observed == Observed::Pass) {
    return "passed all of its " + std::to_string(outcome.rungs_total) + " rungs";
  }
  const CheckResult* rung = broken_rung(*result);
  if (rung == nullptr) return with_detail(reached(outcome), outcome.reason);
  return reached(outcome) + "; " +
         with_detail("`" + rung->name + "` " + verb_of(rung->observed), rung->detail);
}

std::string verdict_line(const Outcome& outcome) {
  std::string text(name_of(outcome.verdict));
  if (!outcome.expected.empty()) text += "; expected: " + outcome.expected;
  return keyed("verdict", text);
}

std::string cause_lines(const OptionalCause& cause) {
  if (!cause) return keyed("cause", "unknown");
  std::string out = keyed("signature", cause->signature);
  out += keyed("cause", cause->summary.empty() ? "no rule knows this signature" : cause->summary);
  std::string key = "evidence";
  for (const std::string& line : cause->evidence) out += keyed(std::exchange(key, ""), line);
  return out;
}

// Of the second pass, where there was one for this check; else how to get one.
std::string second_pass_lines(const Run& run, const std::string& cell_id,
                              const CheckResult& check) {
  const auto found = run.second_passes.find(cell_id);
  if (found == run.second_passes.end())
    return is_red(check.observed)
               ? keyed("traces", "none; `testbed why --trace` runs the cell again for them")
               : "";
  if (found->second.check != check.name) return "";
  std::string out, last;
  for (const auto& [label, text] : account_of(found->second))
    out += keyed(std::exchange(last, label) == label ? "" : label, text);
  return out;
}

std::string remedy_line(const OptionalCause& cause) {
  return cause ? keyed("remedy", cause->remedy) : "";
}

std::string brief(const CheckResult& check) {
  return with_detail(std::string(name_of(check.observed)), check.detail);
}

// Where two cells first come to something else: a hint where no rule knows the cause.
std::string first_difference(const CellResult& here, const CellResult& there) {
  const Attempt* ours = decisive_attempt(here);
  const Attempt* theirs = decisive_attempt(there);
  if (ours == nullptr || theirs == nullptr) return "";
  for (const CheckResult& check : ours->checks) {
    const auto other =
        std::find_if(theirs->checks.begin(), theirs->checks.end(),
                     [&](const CheckResult& result) { return result.name == check.name; });
    if (other == theirs->checks.end() || brief(*other) == brief(check)) continue;
    return "`" + check.name + "`: " + brief(check) + "; in " + there.cell + ": " + brief(*other);
  }
  return "";
}

// Neighbours of the check, not of the cell: one that fails on a higher rung tells as much.
std::string neighbour_lines(const Run& run, const std::string& cell_id, const CheckResult& check) {
  const auto neighbours = neighbours_passing_check(run, cell_id, check.name);
  std::string out = keyed("neighbours", in_words(check.name, neighbours));
  out += keyed("versions", in_words(support_of(run, cell_id, check.name)));
  const bool unknown = !check.cause || check.cause->signature.starts_with("unknown:");
  if (!unknown || neighbours.empty()) return out;
  return out +
         keyed("outcomes", first_difference(*run.find(cell_id), *run.find(neighbours[0].cell)));
}

std::string explain_check(const Run& run, const std::string& cell_id, const CheckResult& check) {
  std::string out = "side check `" + check.name + "` " + verb_of(check.observed);
  out = printable_line(with_detail(out, check.detail)) + "\n";
  out += cause_lines(check.cause);
  out += neighbour_lines(run, cell_id, check) + second_pass_lines(run, cell_id, check);
  out += remedy_line(check.cause) + keyed("verdict", std::string(name_of(check.verdict)));
  return out + keyed("command", check.command);
}

std::string explain_ladder(const Run& run, const CellResult& result) {
  const Outcome& outcome = result.outcome;
  if (outcome.observed == Observed::Pass) {
    const bool plain = outcome.verdict == Verdict::Ok;
    return verdict_line(outcome) + (plain ? "" : keyed("reason", outcome.reason));
  }
  std::string out;
  // An inconclusive cell says more than its broken rung: the control may be at fault.
  if (outcome.verdict == Verdict::Inconclusive) out += keyed("reason", outcome.reason);
  if (is_red(outcome.observed)) out += cause_lines(outcome.cause);
  const CheckResult* rung = broken_rung(result);
  if (rung)
    out += neighbour_lines(run, result.cell, *rung) + second_pass_lines(run, result.cell, *rung);
  out += remedy_line(outcome.cause) + verdict_line(outcome);
  return out + (rung ? keyed("command", rung->command) : "");
}

bool was_run(const CellResult* result) {
  return result != nullptr && result->outcome.observed != Observed::Pending &&
         result->outcome.observed != Observed::Skip;
}

json::array neighbours_json(const std::vector<Neighbour>& neighbours) {
  json::array array;
  for (const Neighbour& neighbour : neighbours) {
    array.push_back(json::object{
        {"cell", neighbour.cell}, {"axis", neighbour.axis}, {"value", neighbour.value}});
  }
  return array;
}

json::array support_json(const std::vector<SupportRange>& ranges) {
  json::array array;
  for (const SupportRange& range : ranges) {
    array.push_back(
        json::object{{"passes", range.passes}, {"first", range.first}, {"last", range.last}});
  }
  return array;
}

}  // namespace

std::string explain(const Run& run, const std::string& cell_id) {
  const PlannedCell* cell = find_planned(run, cell_id);
  if (cell == nullptr) return printable_line(cell_id) + ": no such cell in this run\n";
  const CellResult* result = run.find(cell_id);
  std::string out = printable_line(name_of_cell(*cell) + ": " + headline(result)) + "\n";
  if (!was_run(result)) return out;
  out += explain_ladder(run, *result);
  for (const CheckResult* check : red_side_checks(*result)) {
    out += "\n" + explain_check(run, cell_id, *check);
  }
  return out;
}

json::object explanation_json(const Run& run, const std::string& cell_id) {
  json::object object = {{"schema", "testbed-why-1"}, {"run", run.id}, {"cell", cell_id}};
  const PlannedCell* cell = find_planned(run, cell_id);
  if (cell == nullptr) {
    object["headline"] = "no such cell in this run";
    return object;
  }
  const CellResult* result = run.find(cell_id);
  object["headline"] = name_of_cell(*cell) + ": " + headline(result);
  if (!was_run(result)) return object;
  object["outcome"] = to_json(result->outcome);
  if (const CheckResult* rung = broken_rung(*result)) {
    object["broken_rung"] = to_json(*rung);
    object["neighbours"] = neighbours_json(neighbours_passing_check(run, cell_id, rung->name));
    object["versions"] = support_json(support_of(run, cell_id, rung->name));
  }
  if (const auto pass = run.second_passes.find(cell_id); pass != run.second_passes.end())
    object["second_pass"] = to_json(pass->second);
  json::array checks;
  for (const CheckResult* check : red_side_checks(*result)) {
    json::object entry = to_json(*check);
    entry["neighbours"] = neighbours_json(neighbours_passing_check(run, cell_id, check->name));
    entry["versions"] = support_json(support_of(run, cell_id, check->name));
    checks.push_back(std::move(entry));
  }
  object["side_checks"] = std::move(checks);
  return object;
}

}  // namespace testbed
