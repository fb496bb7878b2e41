#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "orchestrator/base/host.h"
#include "orchestrator/base/log.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/cli/run_options.h"
#include "orchestrator/cli/scenario_run.h"
#include "orchestrator/cli/selection_options.h"
#include "orchestrator/cli/stop_signals.h"
#include "orchestrator/model/shard.h"
#include "orchestrator/report/reports.h"

namespace testbed {
namespace {

struct Options {
  std::vector<std::string> scenarios;
  SelectionOptions selection;
  RunSettings settings;
};

int run_all(const Options& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  const auto catalog = load_project_catalog(*project, code);
  if (!catalog) return code;
  std::vector<Scenario> scenarios;  // all are checked before the first one runs
  for (const std::string& name : options.scenarios) {
    auto scenario = load_project_scenario(*project, *catalog, name, code);
    if (scenario) scenarios.push_back(std::move(*scenario));
  }
  if (scenarios.size() != options.scenarios.size()) return code;
  StopSignals signals;
  int worst = kExitOk;
  for (const Scenario& scenario : scenarios) {
    auto matrix = expand(scenario, *catalog);
    if (!matrix)
      return fail(kExitBadInput, "expand " + scenario.name + ": " + matrix.error().message);
    const auto selection = options.selection.selection(*matrix);
    if (!selection) return fail(kExitUsage, "select cells: " + selection.error().message);
    worst = std::max(worst, run_scenario(*project, *catalog, scenario, std::move(*matrix),
                                         *selection, options.settings, signals));
    if (signals.signal() != 0) return 128 + signals.signal();
  }
  return worst;
}

}  // namespace

Action declare_run(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("scenario", options->scenarios, "a file, or a name below scenarios/")->required();
  options->selection.declare(app);
  RunSettings& settings = options->settings;
  declare_cell_options(app, settings);
  declare_evidence_options(app, settings);
  app.add_option("--seed", settings.seed,
                 "cells in an order that this number decides, controls first");
  app.add_option_function<std::string>(
         "--shard",
         [&settings](const std::string& text) {
           const auto shard = parse_shard(text);
           if (!shard) throw CLI::ValidationError("--shard", shard.error().message);
           settings.shard = *shard;
         },
         "only this part of the rows; `merge` makes one run of all parts")
      ->type_name("K/N");
  app.add_option("--source", settings.only_source,
                 "obtain artifacts from this kind of source only: go-module, release, ...");
  app.add_option("--format", settings.format, "what is printed at the end")
      ->capture_default_str()
      ->check(CLI::IsMember(report_formats()));
  app.footer(
      "Example: testbed run scenarios/exp07.yaml --only sandbox=native,runsc-20240722 --repeat 3");
  return [options] { return run_all(*options); };
}

}  // namespace testbed
