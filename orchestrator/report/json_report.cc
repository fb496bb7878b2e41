#include "orchestrator/model/run_json.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/summary.h"

namespace testbed {
namespace {

// Grows by addition only; what changes the meaning of a member gets a new number.
constexpr const char* kSchema = "testbed-matrix-1";

void merge(json::object& into, const json::object& from) {
  for (const auto& member : from) into[member.key()] = member.value();
}

json::object cell_of(const CellView& cell) {
  json::object object = to_json(*cell.planned);
  merge(object, to_json(cell.outcome));
  json::array attempts;
  if (cell.result) {
    for (const Attempt& attempt : cell.result->attempts) attempts.push_back(to_json(attempt));
  }
  object["attempts"] = std::move(attempts);
  if (cell.second_pass) object["second_pass"] = to_json(*cell.second_pass);
  return object;
}

json::object counts_of(const std::vector<CellView>& cells) {
  std::map<std::string_view, int> observed, verdicts;
  for (const CellView& cell : cells) {
    ++observed[name_of(cell.outcome.observed)];
    ++verdicts[name_of(cell.outcome.verdict)];
  }
  json::object object = {{"cells", cells.size()}};
  object["observed"] = json::value_from(observed);
  object["verdict"] = json::value_from(verdicts);
  return object;
}

// Adds the member "cells" to an object's text. One cell after the other: as one document, the
// cells of a large matrix would take several times the memory of the whole run.
std::string with_cells(std::string text, const std::vector<CellView>& cells) {
  text.resize(text.rfind("\n}"));
  text += ",\n  \"cells\": [";
  const char* before = "\n    ";
  for (const CellView& cell : cells) {
    text += before;
    std::string one = to_pretty(cell_of(cell));
    one.pop_back();  // its newline
    // Growing by doubling would hold the text twice.
    if (&cell == &cells.front()) text.reserve(text.size() + cells.size() * one.size() * 3 / 2);
    for (const char c : one) text += c == '\n' ? std::string("\n    ") : std::string(1, c);
    before = ",\n    ";
  }
  text += cells.empty() ? "]\n}\n" : "\n  ]\n}\n";
  return text;
}

}  // namespace

std::string render_json(const Run& run, const RenderOptions&) {
  const std::vector<CellView> cells = cells_of(run);
  json::object object = {{"schema", kSchema}};
  merge(object, facts_to_json(run));
  object["finished"] = run.finished;
  object["complete"] = run.complete;
  object["exit_code"] = run.exit_code;
  object["counts"] = counts_of(cells);
  object["second_passes"] = run.second_passes.size();
  json::object artifacts;
  for (const auto& [name, artifact] : run.artifacts) artifacts[name] = to_json(artifact);
  object["artifacts"] = std::move(artifacts);
  return with_cells(to_pretty(object), cells);
}

}  // namespace testbed
