// Ten thousand cells without a sandbox: scheduling, recording and reporting; see README.md.
#include <fcntl.h>
#include <malloc.h>

#include <cerrno>
#include <cstdio>

#include "orchestrator/base/temp_dir.h"
#include "orchestrator/bench/measure.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/model/expand.h"
#include "orchestrator/record/recorder.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"
#include "orchestrator/report/reports.h"
#include "orchestrator/run/matrix_runner.h"
#include "orchestrator/sandbox/fake_sandbox.h"

namespace testbed {
namespace {

constexpr unsigned kJobs = 2;

Scenario scenario_of(int cells) {
  Scenario scenario;
  scenario.name = "matrix";
  scenario.question = "What does a cell cost without a sandbox?";
  Axis numbers{.name = "n", .values = {}, .also = {}};
  for (int n = 1; n <= cells; ++n) numbers.values.push_back(std::to_string(n));
  scenario.axes = {{"sandbox", {"fake"}, {}}, {"approach", {"none"}, {}}, std::move(numbers)};
  CheckSpec rung;
  rung.name = "answers";
  rung.argv = {"true"};
  scenario.checks = {std::move(rung)};
  return scenario;
}

Run header_of(const Scenario& scenario, const std::vector<Cell>& cells) {
  Run header;
  header.id = "bench";
  header.scenario = scenario.name;
  header.question = scenario.question;
  header.axes = scenario.axes;
  header.started = "2026-01-01T00:00:00Z";
  for (const Cell& cell : cells) {
    header.planned.push_back({.id = cell.id,
                              .coordinates = cell.coordinates,
                              .rungs = rungs_of(cell),
                              .checks = {},
                              .excluded_because = {}});
  }
  return header;
}

CellTools tools_for(FakeSandbox& fake, const Recorder& recorder, EventQueue& events) {
  CellTools tools;
  tools.runner = [&fake](SandboxSpec::Kind) -> SandboxRunner& { return fake; };
  tools.evidence_directory = [&recorder](const std::string& cell, const std::string& folder) {
    return recorder.make_cell_directory(cell, folder);
  };
  tools.post = [&events](Event event) { events.post(std::move(event)); };
  return tools;
}

// Plans and runs the matrix; what `testbed run` does between its first and its last event.
Result<> run_cells(const Catalog& catalog, int count, Recorder& recorder) {
  const Scenario scenario = scenario_of(count);
  Matrix matrix = TRY(expand(scenario, catalog));
  FakeSandbox fake({});
  EventQueue events({&recorder});
  events.post_and_wait(RunStarted{header_of(scenario, matrix.cells)});
  const RunPlan plan{
      .cells = std::move(matrix.cells), .causes = catalog.causes, .jobs = kJobs, .repeat = 1};
  run_matrix(plan, tools_for(fake, recorder, events), events, {});
  events.post_and_wait(RunFinished{.complete = true, .exit_code = 0, .reason = "measured"});
  if (const auto failure = events.failed()) return *failure;
  return {};
}

Result<> report(const fs::path& directory) {
  ::malloc_trim(0);  // as `testbed run` does before it reads the record back
  const Run run = TRY(read_run(directory));
  for (const std::string& format : report_formats()) {
    const std::string text = TRY(render(format, run, {}));
    TRY(write_file(directory / format, text));
  }
  return {};
}

// The baseline: the lines of the finished cells once more, each with its fsync, and nothing else.
Result<> append_bare(const fs::path& directory, std::size_t& lines, std::size_t& bytes) {
  const std::string log = TRY(read_file(directory / kEventLogName));
  const UniqueFd file = TRY(open_file(directory / "bare", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND));
  for (std::size_t start = 0, end; (end = log.find('\n', start)) != std::string::npos;
       start = end + 1) {
    const std::string_view line(log.data() + start, end + 1 - start);
    if (!line.starts_with("{\"event\":\"cell-finished\"")) continue;
    TRY(write_all(file.get(), line));
    if (::fsync(file.get()) != 0) return errno_error("fsync", directory / "bare", errno);
    ++lines;
    bytes += line.size();
  }
  return {};
}

void print(const char* what, const Cost& cost, int cells, double base) {
  std::printf("%-32s %8.2f %12.1f %12.1f %8.2f\n", what, cost.seconds, cost.seconds * 1e6 / cells,
              cost.processor_seconds * 1e6 / cells, cost.seconds / base);
}

Result<> measure(int cells) {
  const Project project = TRY(find_project());
  int code = 0;
  const auto catalog = load_project_catalog(project, code);
  if (!catalog) return Error{"the catalog cannot be loaded"};
  TRY(make_directories(project.results));
  const TempDir results = TRY(TempDir::make(project.results, "bench"));
  const auto recorder = TRY(Recorder::create(results.path(), "bench"));
  Result<> last;
  const Cost run = cost_of([&] { last = run_cells(*catalog, cells, *recorder); });
  if (!last) return last;
  const double peak_of_run = peak_megabytes();
  const Cost reports = cost_of([&] { last = report(recorder->directory()); });
  if (!last) return last;
  const double peak = peak_megabytes();
  std::size_t lines = 0, bytes = 0;
  const Cost bare = cost_of([&] { last = append_bare(recorder->directory(), lines, bytes); });
  if (!last) return last;
  if (lines != static_cast<std::size_t>(cells)) return Error{"not every cell was recorded"};
  std::printf("%d cells, %u at a time; %zu bytes a finished cell\n", cells, kJobs, bytes / lines);
  std::printf("%-32s %8s %12s %12s %8s\n", "", "s", "us a cell", "processor us", "ratio");
  print("bare appends, each with fsync", bare, cells, bare.seconds);
  print("run and record", run, cells, bare.seconds);
  print("read back, render all formats", reports, cells, bare.seconds);
  std::printf("peak memory: %.1f MB after the run, %.1f MB after the reports\n", peak_of_run, peak);
  return {};
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) {
  ::mallopt(M_ARENA_MAX, 1);  // as in orchestrator/main.cc
  return testbed::conclude(testbed::measure(testbed::number_argument(argc, argv, 10'000)));
}
