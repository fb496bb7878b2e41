#include "orchestrator/analyze/expectations.h"

#include <algorithm>
#include <optional>
#include <set>

#include "orchestrator/model/expand.h"
#include "orchestrator/model/names.h"

namespace testbed {
namespace {

using Coordinates = std::map<std::string, std::string>;

// What a ladder or a side check came to. Equal ones need one expectation.
struct Shape {
  std::string rung, signature;  // of what holds: both empty
  std::string summary{};        // of the cause

  bool holds() const { return rung.empty() && signature.empty(); }
  auto key() const { return std::pair(rung, signature); }
};

// A line of cells that differ in their sandbox alone, for the ladder or for one side check.
struct LineKey {
  Coordinates rest;
  std::string check;
  auto operator<=>(const LineKey&) const = default;
};
using Line = std::map<std::string, std::optional<Shape>>;  // by sandbox; nothing: it is silent

Shape shape_of(const std::string& rung, const OptionalCause& cause) {
  return {.rung = rung.empty() ? kNoRung : rung,
          .signature = cause ? cause->signature : "",
          .summary = cause ? cause->summary : ""};
}

class Collecting {
 public:
  void add(const Run& run) {
    for (const PlannedCell& cell : run.planned) {
      if (!cell.excluded_because.empty()) continue;
      Coordinates rest = cell.coordinates;
      const std::string sandbox = rest["sandbox"];
      rest.erase("sandbox");
      const CellResult* result = run.find(cell.id);
      note({rest, ""}, sandbox, ladder(cell, result));
      for (const std::string& check : cell.checks)
        note({rest, check}, sandbox, side(check, result));
    }
  }

  std::map<LineKey, Line> lines;
  std::vector<std::string> silent;

 private:
  // Runs that disagree about a cell say nothing about it.
  void note(const LineKey& key, const std::string& sandbox, std::optional<Shape> shape) {
    const auto [at, fresh] = lines[key].try_emplace(sandbox, shape);
    if (!fresh && at->second && shape && at->second->key() != shape->key()) at->second.reset();
    if (!fresh && !at->second) at->second = std::move(shape);
  }

  std::optional<Shape> ladder(const PlannedCell& cell, const CellResult* result) {
    if (result == nullptr) {
      silent.push_back(cell.id + ": it was not run");
      return std::nullopt;
    }
    const Outcome& outcome = result->outcome;
    if (outcome.verdict == Verdict::Flaky) {
      silent.push_back(cell.id + ": attempts disagree");
      return std::nullopt;
    }
    if (outcome.observed == Observed::Pass) return Shape{};
    if (is_red(outcome.observed)) return shape_of(outcome.rung, outcome.cause);
    silent.push_back(cell.id + ": " + std::string(name_of(outcome.observed)) + ": " +
                     outcome.reason);
    return std::nullopt;
  }

  static std::optional<Shape> side(const std::string& name, const CellResult* result) {
    std::optional<Shape> shape;
    if (result == nullptr) return shape;
    for (const Attempt& attempt : result->attempts) {
      for (const CheckResult& check : attempt.checks) {
        if (check.name != name || check.is_rung) continue;
        if (check.observed == Observed::Pass) shape = Shape{};
        if (is_red(check.observed)) return shape_of("-", check.cause);
      }
    }
    return shape;
  }
};

// Versions of one line, oldest first, and the shape of each.
using Dated = std::vector<std::pair<std::string, Shape>>;

std::string range_of(const Dated& dated, std::size_t from, std::size_t until) {
  if (from == 0 && until == dated.size()) return ">=" + dated[0].first;
  const std::string lower = from == 0 ? "" : ">=" + dated[from].first;
  const std::string upper = until == dated.size() ? "" : "<" + dated[until].first;
  return lower + (lower.empty() || upper.empty() ? "" : " ") + upper;
}

// The sandboxes of a line by what they show: versions as ranges, all others by name.
std::map<std::pair<std::string, std::string>, std::pair<Shape, std::vector<std::string>>> by_shape(
    const Line& line) {
  std::map<std::pair<std::string, std::string>, std::pair<Shape, std::vector<std::string>>> out;
  Dated dated;
  for (const auto& [sandbox, shape] : line) {
    if (!shape) continue;
    const auto date = find_version_date(sandbox);
    if (date && sandbox.find('+') == std::string::npos) {
      dated.emplace_back(*date, *shape);
    } else if (!shape->holds()) {
      auto& entry = out[shape->key()];
      entry.first = *shape;
      entry.second.push_back(sandbox);
    }
  }
  std::sort(dated.begin(), dated.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t from = 0; from < dated.size();) {
    std::size_t until = from + 1;
    while (until < dated.size() && dated[until].second.key() == dated[from].second.key()) ++until;
    if (!dated[from].second.holds()) {
      auto& entry = out[dated[from].second.key()];
      entry.first = dated[from].second;
      entry.second.push_back(range_of(dated, from, until));
    }
    from = until;
  }
  return out;
}

std::string reason_for(const ExpectationRow& row, const std::string& summary,
                       const std::vector<Expectation>& known) {
  for (const Expectation& old : known) {
    if (old.signature == row.signature && old.check.value_or("") == row.check) return old.because;
  }
  if (summary.empty()) return "as it was seen";
  const std::size_t end = summary.find(". ");
  return end == std::string::npos ? summary : summary.substr(0, end + 1);
}

// Rows that differ in their approach alone become one.
void merge_approaches(std::vector<ExpectationRow>& rows) {
  std::vector<ExpectationRow> out;
  for (ExpectationRow& row : rows) {
    const auto alike = [&](const ExpectationRow& other) {
      if (other.reaches != row.reaches || other.check != row.check ||
          other.signature != row.signature || other.where.size() != row.where.size())
        return false;
      for (std::size_t i = 0; i < row.where.size(); ++i) {
        if (row.where[i].first != "approach" && row.where[i] != other.where[i]) return false;
      }
      return true;
    };
    const auto found = std::find_if(out.begin(), out.end(), alike);
    if (found == out.end()) {
      out.push_back(std::move(row));
      continue;
    }
    for (std::size_t i = 0; i < row.where.size(); ++i) {
      if (row.where[i].first != "approach") continue;
      auto& values = found->where[i].second;
      values.insert(values.end(), row.where[i].second.begin(), row.where[i].second.end());
    }
  }
  rows = std::move(out);
}

bool is_needed(const Expectation& expectation, const std::vector<Run>& runs) {
  bool selects = false;
  for (const Run& run : runs) {
    for (const PlannedCell& cell : run.planned) {
      const CellResult* result = run.find(cell.id);
      if (result == nullptr || !matches(expectation.where, cell.coordinates)) continue;
      selects = true;
      if (!expectation.check) {
        if (result->outcome.observed != Observed::Pass) return true;
        continue;
      }
      for (const Attempt& attempt : result->attempts) {
        for (const CheckResult& check : attempt.checks) {
          if (check.name == *expectation.check && check.observed != Observed::Pass) return true;
        }
      }
    }
  }
  return !selects;  // of cells that nobody ran nothing is known
}

}  // namespace

Shown expectations_of(const std::vector<Run>& runs, const std::vector<Expectation>& known) {
  Collecting collecting;
  for (const Run& run : runs) collecting.add(run);
  Shown shown;
  shown.silent = std::move(collecting.silent);
  for (const auto& [key, line] : collecting.lines) {
    for (const auto& [unused, entry] : by_shape(line)) {
      const auto& [shape, sandboxes] = entry;
      ExpectationRow row{.where = {},
                         .reaches = key.check.empty() ? shape.rung : "",
                         .check = key.check,
                         .signature = shape.signature,
                         .because = {}};
      for (const auto& [axis, value] : key.rest) row.where.push_back({axis, {value}});
      row.where.push_back({"sandbox", sandboxes});
      row.because = reason_for(row, shape.summary, known);
      shown.rows.push_back(std::move(row));
    }
  }
  merge_approaches(shown.rows);
  for (const Expectation& old : known) {
    if (is_needed(old, runs)) continue;
    shown.obsolete.push_back(old.signature.value_or("(any signature)") +
                             (old.check ? " of check " + *old.check : "") + ": " + old.because);
  }
  return shown;
}

}  // namespace testbed
