#include "orchestrator/report/findings.h"

#include <algorithm>

#include "orchestrator/report/grid.h"
#include "orchestrator/report/text.h"
#include "orchestrator/report/words.h"

namespace testbed {
namespace {

constexpr const char* kUnexplained = "without a known cause";

bool is_trouble(Observed observed) {
  return is_red(observed) || observed == Observed::Error || observed == Observed::Infra;
}

Finding::Place place_of(const Run& run, const PlannedCell& cell, std::string check,
                        Verdict verdict) {
  return {.cell = cell.id,
          .row = row_label_of(run, cell),
          .sandbox = sandbox_of(cell),
          .check = std::move(check),
          .verdict = verdict};
}

bool same(const Finding::Place& a, const Finding::Place& b) {
  return a.cell == b.cell && a.check == b.check;
}

// Findings in the order they came, equal ones together.
class Collection {
 public:
  // A finding is known by its cause; where there is none, by what was said instead.
  void add(const std::optional<Cause>& cause, const std::string& reason, Finding::Place place) {
    if (cause) return add(cause->signature, cause->summary, cause->remedy, std::move(place));
    add(reason.empty() ? kUnexplained : reason, "", "", std::move(place));
  }
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  void add(const std::string& title, const std::string& summary, const std::string& remedy,
           Finding::Place place) {
    auto finding = std::find_if(findings_.begin(), findings_.end(),
                                [&](const Finding& known) { return known.title == title; });
    if (finding == findings_.end()) {
      findings_.push_back({.title = title, .summary = summary, .remedy = remedy, .places = {}});
      finding = std::prev(findings_.end());
    }
    // Repeated attempts find the same again.
    const auto known = [&](const Finding::Place& other) { return same(other, place); };
    if (std::none_of(finding->places.begin(), finding->places.end(), known)) {
      finding->places.push_back(std::move(place));
    }
  }
  std::vector<Finding> findings_;
};

void add_side_checks(const Run& run, const PlannedCell& cell, const Attempt& attempt,
                     Collection& found) {
  for (const CheckResult& check : attempt.checks) {
    if (check.is_rung) continue;
    const Finding::Place place = place_of(run, cell, check.name, check.verdict);
    if (is_trouble(check.observed)) {
      found.add(check.cause, check.detail, place);
    } else if (check.verdict == Verdict::Xpass) {
      found.add(std::nullopt, "passed, though a failure was expected", place);
    }
  }
}

}  // namespace

std::vector<Finding> ladder_findings(const Run& run) {
  Collection found;
  for (const PlannedCell& cell : run.planned) {
    const CellResult* result = run.find(cell.id);
    if (result == nullptr) continue;
    const Outcome& outcome = result->outcome;
    const Finding::Place place = place_of(run, cell, "", outcome.verdict);
    if (is_trouble(outcome.observed)) {
      found.add(outcome.cause, outcome.reason, place);
    } else if (outcome.verdict == Verdict::Xpass && outcome.observed == Observed::Pass) {
      found.add(std::nullopt, outcome.reason, place);
    }
  }
  return found.take();
}

std::vector<Finding> side_check_findings(const Run& run) {
  Collection found;
  for (const PlannedCell& cell : run.planned) {
    const CellResult* result = run.find(cell.id);
    if (result == nullptr) continue;
    for (const Attempt& attempt : result->attempts) add_side_checks(run, cell, attempt, found);
  }
  return found.take();
}

std::vector<Finding> skips(const Run& run) {
  Collection found;
  for (const PlannedCell& cell : run.planned) {
    const CellResult* result = run.find(cell.id);
    if (!is_skipped(result)) continue;
    found.add(std::nullopt, result->outcome.reason, place_of(run, cell, "", Verdict::None));
  }
  return found.take();
}

std::vector<std::string> place_lines(const Finding& finding) {
  struct Line {
    std::string begin, end;
    std::vector<std::string> sandboxes;
  };
  std::vector<Line> lines;
  for (const Finding::Place& place : finding.places) {
    const std::string begin = (place.check.empty() ? "" : place.check + " of ") + place.row;
    const std::string end =
        place.verdict == Verdict::None ? "" : ": " + std::string(name_of(place.verdict));
    auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& known) {
      return known.begin == begin && known.end == end;
    });
    if (line == lines.end()) line = lines.insert(lines.end(), {begin, end, {}});
    line->sandboxes.push_back(place.sandbox);
  }
  std::vector<std::string> texts;
  for (const Line& line : lines) {
    texts.push_back(line.begin + " on " + joined(line.sandboxes, ", ") + line.end);
  }
  return texts;
}

}  // namespace testbed
