#pragma once

#include "orchestrator/cli/project.h"
#include "orchestrator/cli/scenario_run.h"
#include "orchestrator/cli/stop_signals.h"

namespace CLI {
class App;
}

namespace testbed {

// What `bisect` and `ablate` have in common: one scenario, cells of it that are run as probes, each
// a recorded run.
class Probing {
 public:
  struct Options {
    std::string scenario;
    std::vector<std::string> only;  // AXIS=VALUE: picks the one line or cell
    std::string check;              // a rung or a side check; empty: the whole ladder
    std::string format = "text";
    RunSettings settings;

    void declare(CLI::App& app);
  };

  // Loads the project, its catalog and the scenario; `code` says why not.
  static std::optional<Probing> open(const Options& options, int& code);

  // The matrix of a changed scenario, what `only` selects of it. An error is the user's.
  Result<std::vector<Cell>> cells(const Scenario& scenario, const Catalog& catalog) const;
  // Runs those cells as one run and gives it; nothing after a signal or where the record failed.
  std::optional<Run> run(const Scenario& scenario, const Catalog& catalog,
                         const std::vector<std::string>& cell_ids, int& code);
  // The newest recorded result of the cell with the same scenario, approach and programs.
  std::optional<Run> find_earlier(const Cell& cell) const;

  const Project& project() const { return project_; }
  const Catalog& catalog() const { return catalog_; }
  const Scenario& scenario() const { return scenario_; }

 private:
  Probing(Options options, Project project, Catalog catalog, Scenario scenario)
      : options_(std::move(options)),
        project_(std::move(project)),
        catalog_(std::move(catalog)),
        scenario_(std::move(scenario)) {}

  Options options_;
  Project project_;
  Catalog catalog_;
  Scenario scenario_;
  std::shared_ptr<StopSignals> signals_ = std::make_shared<StopSignals>();
};

}  // namespace testbed
