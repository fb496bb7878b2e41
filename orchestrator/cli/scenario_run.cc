#include "orchestrator/cli/scenario_run.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "orchestrator/analyze/second_looks.h"
#include "orchestrator/artifact/cache.h"
#include "orchestrator/base/log.h"
#include "orchestrator/base/sha512.h"
#include "orchestrator/cli/derived.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/judge/exit_status.h"
#include "orchestrator/model/shard.h"
#include "orchestrator/record/provenance.h"
#include "orchestrator/record/recorder.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"
#include "orchestrator/report/reports.h"
#include "orchestrator/run/area.h"
#include "orchestrator/run/artifact_pool.h"
#include "orchestrator/run/matrix_runner.h"
#include "orchestrator/run/progress_view.h"
#include "orchestrator/run/second_pass.h"
#include "orchestrator/sandbox/runtimes.h"

namespace testbed {
namespace {

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// As the record keeps them: what a plain run takes and what it leaves out in one list.
std::vector<Axis> axes_of(const Matrix& matrix) {
  std::vector<Axis> axes;
  for (const Axis& axis : matrix.axes) {
    axes.push_back({.name = axis.name, .values = all_values(axis), .also = {}});
  }
  return axes;
}

PlannedCell planned(const Cell& cell) {
  PlannedCell out{.id = cell.id,
                  .coordinates = cell.coordinates,
                  .rungs = rungs_of(cell),
                  .checks = {},
                  .excluded_because = cell.excluded_because};
  for (const CheckSpec& check : cell.checks) {
    if (!check.is_rung) out.checks.push_back(check.name);
  }
  return out;
}

// The cells of one shard; `whole` gets those of all.
Result<std::vector<Cell>> keep_shard(std::vector<Cell> cells, const Shard& shard,
                                     std::vector<PlannedCell>& whole) {
  const std::vector<int> shards = TRY(deal_out(cells, shard.count));
  std::vector<Cell> kept;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    whole.push_back(planned(cells[i]));
    if (shards[i] == shard.index) kept.push_back(std::move(cells[i]));
  }
  return kept;
}

Provenance provenance_of(const Project& project, const Scenario& scenario,
                         const std::vector<Cell>& cells) {
  Provenance origin = provenance_of_host();
  origin.digests["scenario " + scenario.name] = scenario.digest;
  for (const Cell& cell : cells)
    origin.digests["approach " + cell.approach.name] = cell.approach.digest;
  for (const std::string& program : list_directory(project.programs)) {
    if (auto digest = sha512_of_file(project.programs / program))
      origin.digests["emulator " + program] = *digest;
  }
  return origin;
}

ProgressView::Look look_of_terminal(bool live) {
  const bool colour = shows_colour(STDERR_FILENO);
  return {.live = live && ::isatty(STDERR_FILENO) && colour,
          .colour = colour,
          .width = terminal_width(STDERR_FILENO)};
}

// Everything one run owns, made in this order and taken down in the reverse one.
class ScenarioRun {
 public:
  ScenarioRun(const Project& project, const Catalog& catalog, const RunSettings& settings,
              const StopSignals& signals, std::vector<PlannedCell> whole)
      : project_(project),
        catalog_(catalog),
        settings_(settings),
        signals_(signals),
        whole_(std::move(whole)),
        progress_(look_of_terminal(settings.live)) {}

  int run(const Scenario& scenario, const Matrix& matrix, std::vector<Cell> cells) {
    auto recorder = Recorder::create_new(project_.results, scenario.name);
    if (!recorder) return fail(kExitCannotCreate, "record the run: " + recorder.error().message);
    const std::string id = (*recorder)->directory().filename().string();
    auto cache = open_cache();
    if (!cache) return fail(kExitCannotCreate, "open the artifact cache: " + cache.error().message);
    ::setenv(kRunVariable, id.c_str(), 1);
    auto area = RunArea::make(id);
    if (!area)
      return fail(kExitNotPermitted,
                  "prepare " + root_of_areas().string() + ": " + area.error().message);
    const RunStatus status =
        execute(scenario, matrix, std::move(cells), id, **recorder, *cache, *area);
    if (auto undone = area->undo(); !undone) log_warning(undone.error().message);
    return conclude((*recorder)->directory(), status);
  }

 private:
  Result<Cache> open_cache() const { return Cache::open(TRY(CacheOptions::from_environment())); }

  RunStatus execute(const Scenario& scenario, const Matrix& matrix, std::vector<Cell> cells,
                    const std::string& id, Recorder& recorder, Cache& cache, const RunArea& area) {
    EventQueue events({&recorder, &progress_});
    Run header;
    header.id = id;
    header.scenario = scenario.name;
    header.question = scenario.question;
    header.axes = axes_of(matrix);
    header.provenance = provenance_of(project_, scenario, cells);
    header.started = now_utc();
    for (const Cell& cell : cells) header.planned.push_back(planned(cell));
    header.shard = settings_.shard;
    header.whole = whole_;
    events.post_and_wait(RunStarted{header});
    ArtifactPool pool(catalog_, cache,
                      {.offline = settings_.offline,
                       .only_source = settings_.only_source,
                       .progress = [this](const std::string& name,
                                          const std::string& line) { progress_.note(name, line); }},
                      [&events](Event event) { events.post(std::move(event)); });
    const CellTools tools = tools_for(recorder, pool, area, id, events);
    const RunPlan plan{.cells = std::move(cells),
                       .causes = catalog_.causes,
                       .jobs = settings_.jobs,
                       .repeat = settings_.repeat,
                       .seed = settings_.seed};
    const std::stop_callback stopping(
        signals_.token(), [&events] { events.post(RunStopping{"a signal asked for it"}); });
    const std::vector<CellResult> results = run_matrix(plan, tools, events, signals_.token());
    RunStatus status = status_of(results);
    if (deserves_a_second_pass(results) && signals_.signal() == 0 && !events.failed())
      run_again(recorder.directory(), plan, tools, events);
    if (signals_.signal() != 0) status = {128 + signals_.signal(), "stopped by a signal"};
    if (const auto failure = events.failed())
      status = {kExitIo, "the record cannot be written: " + failure->message};
    const bool complete = status.code != kExitIo && signals_.signal() == 0;
    events.post_and_wait(RunFinished{complete, status.code, status.reason});
    return status;
  }

  bool deserves_a_second_pass(const std::vector<CellResult>& results) const {
    if (settings_.second_pass == SecondPassOf::AllThatIsRed) return true;
    return settings_.second_pass == SecondPassOf::Unexpected &&
           std::any_of(results.begin(), results.end(), [](const CellResult& result) {
             return may_deserve_a_second_look(result.outcome);
           });
  }

  // What the cells came to in detail, and who their neighbours are, stands in the record.
  void run_again(const fs::path& directory, const RunPlan& plan, const CellTools& tools,
                 EventQueue& events) const {
    const auto so_far = read_run(directory);
    if (!so_far) return log_warning("no second pass: " + so_far.error().message);
    const bool expected_too = settings_.second_pass == SecondPassOf::AllThatIsRed;
    auto looks = second_looks(*so_far, expected_too);
    const std::string& only = settings_.second_pass_cell;
    std::erase_if(looks,
                  [&](const SecondLook& look) { return !only.empty() && look.cell != only; });
    run_second_passes(looks, plan, tools, events, signals_.token());
  }

  CellTools tools_for(const Recorder& recorder, ArtifactPool& pool, const RunArea& area,
                      const std::string& id, EventQueue& events) {
    return {.area = area.directory(),
            .programs = project_.programs,
            .cgroup = RunArea::cgroup_of(id),
            .runner = [this](SandboxSpec::Kind kind) -> SandboxRunner& { return runner(kind); },
            .obtain = [&pool](const std::string& name, const std::string& label,
                              std::stop_token stop) { return pool.get(name, label, stop); },
            .evidence_directory =
                [&recorder](const std::string& cell, const std::string& folder) {
                  return recorder.make_cell_directory(cell, folder);
                },
            .post = [&events](Event event) { events.post(std::move(event)); },
            .hold = settings_.hold,
            .tracing = settings_.tracing};
  }

  SandboxRunner& runner(SandboxSpec::Kind kind) {
    switch (kind) {
      case SandboxSpec::Kind::Runsc:
        return runsc_;
      case SandboxSpec::Kind::Native:
        return runc_;
      case SandboxSpec::Kind::Here:
        return here_;
      case SandboxSpec::Kind::Fake:
        break;
    }
    CHECK(false, "the loader refuses the sandbox fake");
    std::abort();
  }

  // Derived files are written, and the matrix is printed, from the record alone.
  int conclude(const fs::path& directory, const RunStatus& status) {
    ::malloc_trim(0);  // the cells of a large matrix are gone; its record comes in their place
    Result<Run> run = read_run(directory);
    if (!run) return fail(kExitIo, "read the record back: " + run.error().message);
    write_derived(*run, directory);
    if (settings_.conclude) {
      settings_.conclude(std::move(*run));
      return status.code;
    }
    return print_matrix(*run, settings_.format, directory, status);
  }

  const Project& project_;
  const Catalog& catalog_;
  const RunSettings& settings_;
  const StopSignals& signals_;
  const std::vector<PlannedCell> whole_;  // of a shard: the cells of all
  Runsc runsc_;
  Runc runc_;
  Here here_;
  ProgressView progress_;
};

}  // namespace

int run_scenario(const Project& project, const Catalog& catalog, const Scenario& scenario,
                 Matrix matrix, const Selection& selection, const RunSettings& settings,
                 const StopSignals& signals) {
  std::vector<Cell> cells;
  for (const std::size_t index : select(matrix, selection))
    cells.push_back(std::move(matrix.cells[index]));
  matrix.cells.clear();  // a large matrix is not held twice
  if (cells.empty()) {
    log_info("exit 3: nothing was selected");
    return kExitNothingSelected;
  }
  std::vector<PlannedCell> whole;
  if (settings.shard.count > 0) {
    auto kept = keep_shard(std::move(cells), settings.shard, whole);
    if (!kept) return fail(kExitUsage, "take shard: " + kept.error().message);
    cells = std::move(*kept);
  }
  return ScenarioRun(project, catalog, settings, signals, std::move(whole))
      .run(scenario, matrix, std::move(cells));
}

}  // namespace testbed
