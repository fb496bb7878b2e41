// rerun and resume: cells of a recorded run once more, as a run of their own.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "orchestrator/base/log.h"
#include "orchestrator/cli/cells_again.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/run_options.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

struct Options {
  std::string run = "latest";
  std::vector<std::string> cells;  // named ones; empty: as the command chooses
  RunSettings settings;

  void declare(CLI::App& app) {
    app.add_option("run", run, "id, unique prefix or latest")->capture_default_str();
    declare_cell_options(app, settings);
    declare_evidence_options(app, settings);
  }
};

bool was_not_run(const CellResult* result) {
  return result == nullptr || result->outcome.observed == Observed::Pending;
}

// Not as expected, or without a verdict on the thing under test.
bool asks_for_more(const CellResult* result) {
  if (was_not_run(result)) return true;
  const Verdict verdict = result->outcome.verdict;
  return verdict != Verdict::Ok && verdict != Verdict::Xfail;
}

Result<std::set<std::string>> named(const Run& run, const std::vector<std::string>& names) {
  std::set<std::string> ids;
  for (const std::string& name : names) ids.insert(TRY(find_cell(run, name)));
  return ids;
}

std::set<std::string> chosen(const Run& run, bool (*wants)(const CellResult*)) {
  std::set<std::string> ids;
  for (const PlannedCell& cell : run.planned) {
    if (cell.excluded_because.empty() && wants(run.find(cell.id))) ids.insert(cell.id);
  }
  return ids;
}

int again(const Options& options, bool (*wants)(const CellResult*)) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  const auto run = load_run(*project, options.run, code);
  if (!run) return code;
  auto ids = options.cells.empty() ? Result<std::set<std::string>>(chosen(*run, wants))
                                   : named(*run, options.cells);
  if (!ids) return fail(kExitNoInput, "find the cell: " + ids.error().message);
  if (ids->empty()) {
    log_info("nothing of " + run->id + " is left to run");
    return kExitNothingSelected;
  }
  const int ended = run_cells_again(*project, *run, *ids, options.settings);
  if (ended != kExitOk) return ended;
  // What was run is as expected; of what the first run left open there may be more.
  auto left = chosen(*run, wants);
  std::erase_if(left, [&](const std::string& id) { return ids->contains(id); });
  if (left.empty()) return kExitOk;
  log_info("exit 5: " + std::to_string(left.size()) + " cells of " + run->id +
           " are outstanding, the first is " + *left.begin());
  return kExitOutstanding;
}

}  // namespace

Action declare_rerun(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->declare(app);
  app.add_option("--cell", options->cells, "these, whatever became of them; may be repeated")
      ->take_all();
  app.footer(
      "Example: testbed rerun latest --repeat 3\n"
      "Takes what is not as expected, flaky, or without a verdict. The record is a new run, for\n"
      "`testbed compare` with the first. Exit status 5: what was named is as expected, and more "
      "of\n"
      "the first run is outstanding.");
  return [options] { return again(*options, asks_for_more); };
}

Action declare_resume(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->declare(app);
  app.footer(
      "Example: testbed resume latest\nTakes the cells that an interrupted run did not reach.");
  return [options] { return again(*options, was_not_run); };
}

}  // namespace testbed
