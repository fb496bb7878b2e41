#include "orchestrator/report/summary.h"

#include <algorithm>
#include <map>
#include <set>

#include "orchestrator/base/joined.h"
#include "orchestrator/model/side_checks.h"

namespace testbed {
namespace {

constexpr const char* kColumnAxis = "sandbox";
constexpr std::size_t kFolded = 4;  // neighbouring columns that are named by the first and last

// Each value once, in the order in which it first comes; a run may have thousands.
class InOrder {
 public:
  void add(const std::string& value) {
    if (seen_.insert(value).second) values_.push_back(value);
  }
  bool has(const std::string& value) const { return seen_.contains(value); }
  const std::vector<std::string>& values() const { return values_; }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> values_;
};

std::string row_of(const Run& run, const PlannedCell& cell) {
  std::string row;
  for (const Axis& axis : run.axes) {
    const auto at = cell.coordinates.find(axis.name);
    if (axis.name == kColumnAxis || at == cell.coordinates.end()) continue;
    row += (row.empty() ? "" : ", ") + at->second;
  }
  return row.empty() ? run.scenario : row;
}

std::string column_of(const PlannedCell& cell) {
  const auto at = cell.coordinates.find(kColumnAxis);
  return at == cell.coordinates.end() ? "result" : at->second;
}

std::vector<std::string> ordered_columns(const Run& run, const std::vector<CellView>& cells) {
  InOrder present, columns;
  for (const CellView& cell : cells) present.add(cell.column);
  for (const Axis& axis : run.axes) {
    if (axis.name != kColumnAxis) continue;
    for (const std::string& value : axis.values) {
      if (present.has(value)) columns.add(value);
    }
  }
  for (const std::string& value : present.values()) columns.add(value);
  std::vector<std::string> ordered = columns.values();
  // Dates are written so that their text sorts as they do; no date comes first.
  std::stable_sort(ordered.begin(), ordered.end(), [](const std::string& a, const std::string& b) {
    return find_version_date(a).value_or("") < find_version_date(b).value_or("");
  });
  return ordered;
}

// Columns of one row, which are in their order: "a, b, x to y (4)".
std::string folded(const std::vector<const CellView*>& cells) {
  std::string text;
  for (std::size_t first = 0, last; first < cells.size(); first = last + 1) {
    last = first;
    while (last + 1 < cells.size() && cells[last + 1]->place == cells[last]->place + 1 &&
           find_version_date(cells[first]->column))
      ++last;
    const std::size_t count = last - first + 1;
    if (count < kFolded) last = first;
    text += (text.empty() ? "" : ", ") + cells[first]->column;
    if (last > first) text += " to " + cells[last]->column + " (" + std::to_string(count) + ")";
  }
  return text;
}

Outcome not_run(const PlannedCell& cell) {
  Outcome outcome;
  outcome.rungs_total = static_cast<int>(cell.rungs.size());
  outcome.reason = "not run";
  return outcome;
}

std::vector<const CheckResult*> red_side_checks_of(const CellView& cell) {
  if (cell.result == nullptr) return {};
  return red_side_checks(*cell.result);
}

CauseGroup& group_of(std::vector<CauseGroup>& groups, const Cause& cause) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const CauseGroup& group) {
    return group.cause.signature == cause.signature;
  });
  if (found != groups.end()) return *found;
  groups.push_back({.cause = cause, .cells = {}});
  return groups.back();
}

std::string_view word_of(const Outcome& outcome) {
  return outcome.verdict == Verdict::None ? name_of(outcome.observed) : name_of(outcome.verdict);
}

}  // namespace

std::vector<CellView> cells_of(const Run& run) {
  std::vector<CellView> cells;
  for (const PlannedCell& planned : run.planned) {
    const CellResult* result = run.find(planned.id);
    const auto again = run.second_passes.find(planned.id);
    cells.push_back({.planned = &planned,
                     .result = result,
                     .second_pass = again == run.second_passes.end() ? nullptr : &again->second,
                     .outcome = result ? result->outcome : not_run(planned),
                     .row = row_of(run, planned),
                     .column = column_of(planned)});
  }
  const std::vector<std::string> columns = ordered_columns(run, cells);
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < columns.size(); ++i) places[columns[i]] = i;
  for (CellView& cell : cells) cell.place = places[cell.column];
  return cells;
}

std::vector<std::string> columns_of(const std::vector<CellView>& cells) {
  std::map<std::size_t, std::string> by_place;
  for (const CellView& cell : cells) by_place[cell.place] = cell.column;
  std::vector<std::string> columns;
  for (const auto& [place, column] : by_place) columns.push_back(column);
  return columns;
}

std::vector<std::string> rows_of(const std::vector<CellView>& cells) {
  InOrder rows;
  for (const CellView& cell : cells) rows.add(cell.row);
  return rows.values();
}

std::vector<SideCheck> red_side_checks(const std::vector<CellView>& cells) {
  std::vector<SideCheck> found;
  for (const CellView& cell : cells) {
    for (const CheckResult* check : red_side_checks_of(cell)) found.push_back({&cell, check});
  }
  return found;
}

std::string listed(const std::vector<const CellView*>& cells) {
  InOrder rows;
  std::map<std::string, std::vector<const CellView*>> by_row;
  for (const CellView* cell : cells) {
    rows.add(cell->row);
    by_row[cell->row].push_back(cell);
  }
  std::string text;
  for (const std::string& row : rows.values()) {
    std::vector<const CellView*>& columns = by_row[row];
    std::stable_sort(columns.begin(), columns.end(),
                     [](const CellView* a, const CellView* b) { return a->place < b->place; });
    text += (text.empty() ? "" : "; ") + row + " on " + folded(columns);
  }
  return text;
}

std::vector<CauseGroup> causes_of(const std::vector<CellView>& cells) {
  std::vector<CauseGroup> groups;
  for (const CellView& cell : cells) {
    if (!cell.outcome.cause || !is_red(cell.outcome.observed)) continue;
    group_of(groups, *cell.outcome.cause).cells.push_back(&cell);
  }
  for (const SideCheck& side : red_side_checks(cells)) {
    if (!side.check->cause) continue;
    std::vector<std::string>& checks = group_of(groups, *side.check->cause).checks;
    const std::string& name = side.check->name;
    if (std::find(checks.begin(), checks.end(), name) == checks.end()) checks.push_back(name);
  }
  return groups;
}

std::string in_backticks(const std::vector<std::string>& checks) {
  return "`" + joined(checks, "`, `") + "`";
}

bool is_unexpected(Verdict verdict) {
  return verdict == Verdict::Unexpected || verdict == Verdict::XfailChanged ||
         verdict == Verdict::Xpass || verdict == Verdict::Flaky;
}

const char* kind_of(Verdict verdict) {
  return is_unexpected(verdict)      ? "bad"
         : verdict == Verdict::Ok    ? "ok"
         : verdict == Verdict::Xfail ? "known"
                                     : "none";
}

bool has_ended(const CellView& cell) { return cell.outcome.observed != Observed::Pending; }

std::string second_passes_in_words(const Run& run) {
  const std::size_t all = run.second_passes.size();
  if (all == 0) return "";
  const auto pass = std::count_if(run.second_passes.begin(), run.second_passes.end(),
                                  [](const auto& entry) { return holds_now(entry.second); });
  return "second pass: " + std::to_string(all) + (all == 1 ? " cell" : " cells") +
         " run once more for evidence, " + (pass == 0 ? "none" : std::to_string(pass)) +
         " of them passes then";
}

std::string counts_in_words(const std::vector<CellView>& cells) {
  InOrder words;
  std::map<std::string, int> counts;
  for (const CellView& cell : cells) {
    const std::string word(word_of(cell.outcome));
    words.add(word);
    ++counts[word];
  }
  std::string text = std::to_string(cells.size()) + (cells.size() == 1 ? " cell" : " cells");
  const char* before = ": ";
  for (const std::string& word : words.values()) {
    text += before + std::to_string(counts[word]) + " " + word;
    before = ", ";
  }
  return text;
}

std::string exit_in_words(const Run& run) {
  const auto with = [&](const char* words) {
    return "exit code " + std::to_string(run.exit_code) + ": " + words;
  };
  switch (run.exit_code) {
    case 0:
      return with("all as expected");
    case 1:
      return with("something is not as expected");
    case 2:
      return with("nothing unexpected, but not every cell has a conclusive result");
    case 3:
      return with("nothing was selected");
    case 4:
      return with("everything was skipped");
    case 74:
      return with("the record could not be written");
    case 130:
      return with("interrupted");
    case 143:
      return with("terminated");
    default:
      return run.exit_code < 0 ? "no exit code: the run has not ended, or was killed"
                               : with("see `testbed --help`");
  }
}

std::string incomplete_banner(const Run& run, const std::vector<CellView>& cells) {
  if (run.complete) return "";
  const auto ended = std::count_if(cells.begin(), cells.end(), has_ended);
  const std::string what =
      "INCOMPLETE: " + std::to_string(ended) + " of " + std::to_string(cells.size()) + " cells";
  if (run.missing.empty()) return what;
  // The record itself is damaged: whoever reads the report should know, not only who made it.
  return what + "; the record could not be read whole: " + run.missing.front() +
         (run.missing.size() > 1 ? ", and " + std::to_string(run.missing.size() - 1) + " more"
                                 : "");
}

std::string reached_words(const Outcome& outcome) {
  if (outcome.observed == Observed::Skip || outcome.observed == Observed::Pending)
    return std::string(name_of(outcome.observed));
  const std::string score =
      " " + std::to_string(outcome.rungs_reached) + "/" + std::to_string(outcome.rungs_total);
  if (outcome.observed == Observed::Pass) return "pass" + score;
  // A check that does not hold is the usual way to stop; the others are worth a word.
  const std::string how =
      outcome.observed == Observed::Fail ? "" : " " + std::string(name_of(outcome.observed));
  return (outcome.rung.empty() ? "none" : outcome.rung) + score + how;
}

std::string cell_words(const CellView& cell) {
  std::string text = reached_words(cell.outcome);
  if (cell.outcome.verdict != Verdict::Ok && cell.outcome.verdict != Verdict::None)
    text += " " + std::string(name_of(cell.outcome.verdict));
  return text + (red_side_checks_of(cell).empty() ? "" : " *");
}

}  // namespace testbed
