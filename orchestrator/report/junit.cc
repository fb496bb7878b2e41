#include <algorithm>
#include <cstdio>
#include <map>
#include <regex>

#include "orchestrator/report/escape.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/summary.h"

namespace testbed {
namespace {

// What the schema of Apache Ant and that of Jenkins both accept: a suite has properties, cases,
// system-out and system-err in this order, a case at most one child, and no properties of its own.
// So those of a case stand in its suite, behind its name. A suite is a row of the matrix, a case a
// cell.
enum class Kind { Passed, Failure, Error, Skipped };

Kind kind_of(const Outcome& outcome) {
  switch (outcome.verdict) {
    case Verdict::Ok:
      return Kind::Passed;
    case Verdict::Unexpected:
    case Verdict::XfailChanged:
    case Verdict::Xpass:
    case Verdict::Flaky:
      return Kind::Failure;
    case Verdict::Inconclusive:
      return Kind::Error;
    case Verdict::Xfail:
      return Kind::Skipped;
    case Verdict::None:
      break;
  }
  // What did not run is no success: an incomplete run cannot look green.
  return outcome.observed == Observed::Skip ? Kind::Skipped : Kind::Error;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + for_xml_attribute(value) + "\"";
}

std::string seconds(microseconds span) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(span.count()) / 1e6);
  return text;
}

microseconds time_of(const CellView& cell) {
  microseconds total{0};
  if (cell.result == nullptr) return total;
  for (const Attempt& attempt : cell.result->attempts) total += attempt.total;
  return total;
}

// Ant's schema wants a time without a zone, and a valid one whatever the record says.
std::string timestamp_of(const Run& run) {
  constexpr std::string_view kNone = "1970-01-01T00:00:00";
  static const std::regex kTime(
      R"(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3])(:[0-5]\d){2})"
      "|"
      R"(\d{4}-(0[13-9]|1[0-2])-(29|30)T([01]\d|2[0-3])(:[0-5]\d){2})"
      "|"
      R"(\d{4}-(0[13578]|1[02])-31T([01]\d|2[0-3])(:[0-5]\d){2})");
  const std::string time = run.started.substr(0, kNone.size());
  return std::regex_match(time, kTime) ? time : std::string(kNone);
}

std::string message_of(const Outcome& outcome) {
  if (outcome.verdict == Verdict::Xfail) return outcome.reason + "; expected: " + outcome.expected;
  return outcome.reason.empty() ? std::string(name_of(outcome.observed)) : outcome.reason;
}

// The long text of a failure: what a person reads in the CI server.
std::string account_of(const Outcome& outcome) {
  std::string text = reached_words(outcome) + "\n" + outcome.reason + "\n";
  if (!outcome.expected.empty()) text += "expected: " + outcome.expected + "\n";
  if (!outcome.cause) return text;
  const Cause& cause = *outcome.cause;
  text += "signature: " + cause.signature + "\ncause: " + cause.summary + "\n";
  for (const std::string& quote : cause.evidence) text += "evidence: " + quote + "\n";
  return text + (cause.remedy.empty() ? "" : "remedy: " + cause.remedy + "\n");
}

std::string element(std::string_view name, std::string_view type, const Outcome& outcome) {
  return "      <" + std::string(name) + attribute("type", type) +
         attribute("message", message_of(outcome)) + ">" + for_xml_content(account_of(outcome)) +
         "</" + std::string(name) + ">\n";
}

std::string child_of(const Outcome& outcome) {
  switch (kind_of(outcome)) {
    case Kind::Passed:
      return "";
    case Kind::Failure:
      return element("failure", name_of(outcome.verdict), outcome);
    case Kind::Error:
      return element("error", name_of(outcome.observed), outcome);
    case Kind::Skipped:
      return "      <skipped" + attribute("message", message_of(outcome)) + "/>\n";
  }
  return "";
}

std::string property(const std::string& name, std::string_view value) {
  return "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
}

std::string properties_of(const Run& run, const std::vector<const CellView*>& cells) {
  std::string text = property("testbed.run", run.id) +
                     property("testbed.complete", run.complete ? "true" : "false") +
                     property("host.kernel", run.provenance.kernel);
  for (const CellView* cell : cells) {
    if (cell->second_pass)
      text += property(cell->column + ".second-pass", in_words(*cell->second_pass));
    const Outcome& outcome = cell->outcome;
    text += property(cell->column + ".observed", name_of(outcome.observed));
    text += property(cell->column + ".verdict", name_of(outcome.verdict));
    text += property(cell->column + ".rung", outcome.rung);
    if (outcome.cause) text += property(cell->column + ".signature", outcome.cause->signature);
  }
  return "    <properties>\n" + text + "    </properties>\n";
}

std::string side_checks_of(const std::vector<const CellView*>& cells) {
  std::string text;
  for (const CellView* cell : cells) {
    for (const SideCheck& side : red_side_checks({*cell}))
      text += cell->column + ": check " + side.check->name + " " +
              std::string(name_of(side.check->verdict)) + ": " + side.check->detail + "\n";
  }
  return text;
}

std::string case_of(const CellView& cell, const std::string& suite) {
  const std::string child = child_of(cell.outcome);
  return "    <testcase" + attribute("classname", suite) + attribute("name", cell.column) +
         attribute("time", seconds(time_of(cell))) +
         (child.empty() ? "/>\n" : ">\n" + child + "    </testcase>\n");
}

std::string suite_of(const Run& run, int id, const std::string& row,
                     const std::vector<const CellView*>& cells, const std::string& banner) {
  const auto count = [&](Kind kind) {
    return std::to_string(std::count_if(cells.begin(), cells.end(), [&](const CellView* cell) {
      return kind_of(cell->outcome) == kind;
    }));
  };
  const std::string name = run.scenario + "." + row;
  microseconds total{0};
  std::string cases;
  for (const CellView* cell : cells) {
    total += time_of(*cell);
    cases += case_of(*cell, name);
  }
  return "  <testsuite" + attribute("id", std::to_string(id)) + attribute("name", name) +
         attribute("package", run.scenario) + attribute("hostname", "localhost") +
         attribute("timestamp", timestamp_of(run)) +
         attribute("tests", std::to_string(cells.size())) +
         attribute("failures", count(Kind::Failure)) + attribute("errors", count(Kind::Error)) +
         attribute("skipped", count(Kind::Skipped)) + attribute("time", seconds(total)) + ">\n" +
         properties_of(run, cells) + cases + "    <system-out>" +
         for_xml_content(side_checks_of(cells)) + "</system-out>\n    <system-err>" +
         for_xml_content(banner) + "</system-err>\n  </testsuite>\n";
}

}  // namespace

std::string render_junit(const Run& run, const RenderOptions&) {
  const std::vector<CellView> cells = cells_of(run);
  std::map<std::string, std::vector<const CellView*>> by_row;
  for (const CellView& cell : cells) by_row[cell.row].push_back(&cell);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  const std::string banner = incomplete_banner(run, cells);
  int id = 0;
  for (const std::string& row : rows_of(cells))
    text += suite_of(run, id++, row, by_row[row], banner);
  text += "</testsuites>\n";
  return text;
}

}  // namespace testbed
