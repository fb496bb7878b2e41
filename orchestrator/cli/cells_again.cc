#include "orchestrator/cli/cells_again.h"

#include "orchestrator/base/log.h"
#include "orchestrator/cli/exit_codes.h"

namespace testbed {

int run_cells_again(const Project& project, const Run& run, const std::set<std::string>& ids,
                    const RunSettings& settings) {
  int code = kExitOk;
  const auto catalog = load_project_catalog(project, code);
  if (!catalog) return code;
  const auto scenario = load_project_scenario(project, *catalog, run.scenario, code);
  if (!scenario) return code;
  const auto recorded = run.provenance.digests.find("scenario " + run.scenario);
  if (recorded != run.provenance.digests.end() && recorded->second != scenario->digest)
    log_warning("the scenario has changed since " + run.id);
  auto matrix = expand(*scenario, *catalog);
  if (!matrix)
    return fail(kExitBadInput, "expand " + scenario->name + ": " + matrix.error().message);
  std::erase_if(matrix->cells, [&](const Cell& cell) { return !ids.contains(cell.id); });
  if (matrix->cells.size() != ids.size())
    log_warning(std::to_string(ids.size() - matrix->cells.size()) +
                " cells are not in the scenario any more");
  const StopSignals signals;
  return run_scenario(project, *catalog, *scenario, std::move(*matrix), {.only = {}, .all = true},
                      settings, signals);
}

}  // namespace testbed
