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

}  // namespace

std::string render_json(const Run& run, const RenderOptions&) {
  const std::vector<CellView> cells = cells_of(run);
  json::object object = {{"schema", kSchema}};
  merge(object, header_to_json(run));
  object.stable_erase("planned");  // each is in `cells`, with its result
  object["finished"] = run.finished;
  object["complete"] = run.complete;
  object["exit_code"] = run.exit_code;
  object["counts"] = counts_of(cells);
  json::object artifacts;
  for (const auto& [name, artifact] : run.artifacts) artifacts[name] = to_json(artifact);
  object["artifacts"] = std::move(artifacts);
  json::array list;
  for (const CellView& cell : cells) list.push_back(cell_of(cell));
  object["cells"] = std::move(list);
  return to_pretty(object);
}

}  // namespace testbed
