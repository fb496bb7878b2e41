#include <cstdio>

#include "orchestrator/report/formats.h"
#include "orchestrator/report/text.h"
#include "orchestrator/report/words.h"
#include "orchestrator/report/xml_writer.h"

namespace testbed {
namespace {

enum class Status { Passed, Failed, Broken, Skipped };

// The mapping of architecture "Verdict": an incomplete run cannot look green.
Status status_of(const CellResult* result) {
  if (is_pending(result)) return Status::Broken;
  switch (result->outcome.verdict) {
    case Verdict::Ok:
      return Status::Passed;
    case Verdict::XfailChanged:
    case Verdict::Xpass:
    case Verdict::Unexpected:
    case Verdict::Flaky:
      return Status::Failed;
    case Verdict::Inconclusive:
      return Status::Broken;
    case Verdict::Xfail:
      return Status::Skipped;
    case Verdict::None:
      return is_skipped(result) ? Status::Skipped : Status::Broken;
  }
  return Status::Broken;
}

std::string seconds(microseconds span) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(span.count()) / 1e6);
  return text;
}

microseconds time_of(const CellResult* result) {
  microseconds sum{0};
  if (result == nullptr) return sum;
  for (const Attempt& attempt : result->attempts) sum += attempt.total;
  return sum;
}

std::size_t count(const Run& run, Status status) {
  std::size_t number = 0;
  for (const PlannedCell& cell : run.planned) number += status_of(run.find(cell.id)) == status;
  return number;
}

std::string check_line(const CheckResult& check) {
  std::string line = std::string(check.is_rung ? "rung " : "check ") + check.name + ": " +
                     std::string(name_of(check.observed));
  if (!check.is_rung && check.verdict != Verdict::None) {
    line += " (" + std::string(name_of(check.verdict)) + ")";
  }
  return line + (check.detail.empty() ? "" : ": " + check.detail) + "\n";
}

// The schema has no properties of a test case, so what a cell came to is told in its output.
std::string output_of(const CellResult& result) {
  const Outcome& outcome = result.outcome;
  std::string out = "observed: " + std::string(name_of(outcome.observed)) +
                    "\nverdict: " + std::string(name_of(outcome.verdict)) +
                    "\nrung: " + (outcome.rung.empty() ? "none" : outcome.rung) + " (" +
                    std::to_string(outcome.rungs_reached) + " of " +
                    std::to_string(outcome.rungs_total) + ")\n";
  if (outcome.cause) out += "signature: " + outcome.cause->signature + "\n";
  if (!outcome.expected.empty()) out += "expected: " + outcome.expected + "\n";
  for (std::size_t i = 0; i < result.attempts.size(); ++i) {
    out += "attempt " + std::to_string(i + 1) + "\n";
    for (const CheckResult& check : result.attempts[i].checks) out += "  " + check_line(check);
  }
  return out;
}

std::string details_of(const Outcome& outcome) {
  if (!outcome.cause) return outcome.reason;
  const Cause& cause = *outcome.cause;
  std::string out = cause.summary + "\n";
  for (const std::string& line : cause.evidence) out += line + "\n";
  return out + "remedy: " + cause.remedy;
}

void write_status(XmlWriter& xml, const CellResult* result) {
  const Outcome outcome = result ? result->outcome : Outcome{};
  const std::string verdict(is_pending(result) ? "pending" : name_of(outcome.verdict));
  const std::string reason = is_pending(result) && outcome.reason.empty()
                                 ? "planned and not run"
                                 : one_line(outcome.reason);
  switch (status_of(result)) {
    case Status::Passed:
      break;
    case Status::Failed:
      xml.text("failure", {{"type", verdict}, {"message", reason}}, details_of(outcome));
      break;
    case Status::Broken:
      xml.text("error", {{"type", verdict}, {"message", reason}}, details_of(outcome));
      break;
    case Status::Skipped:
      xml.empty("skipped", {{"message", verdict == "xfail" ? "xfail: " + reason : reason}});
      break;
  }
}

void write_case(XmlWriter& xml, const Run& run, const PlannedCell& cell) {
  const CellResult* result = run.find(cell.id);
  const std::string name = cell.id.substr(cell.id.find('/') + 1);
  const std::string time = seconds(time_of(result));
  xml.open("testcase", {{"name", name}, {"classname", run.scenario}, {"time", time}});
  write_status(xml, result);
  if (result != nullptr) xml.text("system-out", {}, output_of(*result));
  xml.close();
}

void write_properties(XmlWriter& xml, const Run& run) {
  const auto property = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) xml.empty("property", {{"name", name}, {"value", value}});
  };
  xml.open("properties");
  property("run", run.id);
  property("complete", run.complete ? "true" : "false");
  property("status", exit_words(run));
  property("testbed", run.provenance.testbed_version);
  property("kernel", run.provenance.kernel);
  property("machine", run.provenance.machine);
  property("cgroup_mode", run.provenance.cgroup_mode);
  for (const auto& [name, artifact] : run.artifacts) property("sha512." + name, artifact.digest);
  xml.close();
}

// xs:dateTime of the Ant schema has no zone.
std::string without_zone(std::string stamp) {
  if (stamp.ends_with('Z')) stamp.pop_back();
  return stamp;
}

}  // namespace

std::string junit_report(const Run& run, const RenderOptions&) {
  microseconds total{0};
  for (const auto& [cell, result] : run.results) total += time_of(&result);
  const std::string tests = std::to_string(run.planned.size());
  const std::string failures = std::to_string(count(run, Status::Failed));
  const std::string errors = std::to_string(count(run, Status::Broken));
  const std::string skipped = std::to_string(count(run, Status::Skipped));
  const std::string time = seconds(total);
  XmlWriter xml;
  xml.open("testsuites", {{"name", "testbed"},
                          {"tests", tests},
                          {"failures", failures},
                          {"errors", errors},
                          {"time", time}});
  xml.open("testsuite", {{"name", run.scenario},
                         {"tests", tests},
                         {"failures", failures},
                         {"errors", errors},
                         {"skipped", skipped},
                         {"time", time},
                         {"timestamp", without_zone(run.started)}});
  write_properties(xml, run);
  for (const PlannedCell& cell : run.planned) write_case(xml, run, cell);
  xml.close();
  xml.close();
  return xml.document();
}

}  // namespace testbed
