// merge: runs of parts of one matrix as one record.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "orchestrator/analyze/merge.h"
#include "orchestrator/base/log.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/derived.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/judge/exit_status.h"
#include "orchestrator/record/evidence_copy.h"
#include "orchestrator/record/recorder.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"
#include "orchestrator/report/reports.h"

namespace testbed {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string format = "text";
};

RunStatus status_of_merged(const Run& run) {
  std::vector<CellResult> results;
  for (const PlannedCell& cell : run.planned) {
    const CellResult* result = run.find(cell.id);
    results.push_back(result ? *result
                             : CellResult{.cell = cell.id, .attempts = {}, .outcome = {}});
  }
  return status_of(results);
}

Result<> record(Recorder& recorder, const Merged& merged, const RunStatus& status) {
  Run header = merged.run;
  header.results.clear();
  header.second_passes.clear();
  TRY(recorder.take(RunStarted{std::move(header)}));
  for (const auto& [name, artifact] : merged.run.artifacts)
    TRY(recorder.take(ArtifactReady{artifact}));
  for (const PlannedCell& cell : merged.run.planned) {
    if (const CellResult* result = merged.run.find(cell.id))
      TRY(recorder.take(CellFinished{*result}));
  }
  for (const auto& [cell, pass] : merged.run.second_passes)
    TRY(recorder.take(SecondPassFinished{cell, pass}));
  return recorder.take(RunFinished{merged.run.complete, status.code, status.reason});
}

int conclude(const Options& options, const fs::path& directory, const RunStatus& status) {
  const auto run = read_run(directory);
  if (!run) return fail(kExitIo, "read the record back: " + run.error().message);
  write_derived(*run, directory);
  return print_matrix(*run, options.format, directory, status);
}

int merge(const Options& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  std::vector<Run> parts;
  for (const std::string& name : options.runs) {
    int code = kExitOk;
    auto run = load_run(*project, name, code);
    if (!run) return code;
    parts.push_back(std::move(*run));
  }
  auto merged = merge_runs(parts);
  if (!merged) return fail(kExitBadInput, "merge: " + merged.error().message);
  for (const std::string& note : merged->notes) log_warning(note);
  const auto recorder = Recorder::create_new(project->results, merged->run.scenario);
  if (!recorder) return fail(kExitCannotCreate, "record the run: " + recorder.error().message);
  merged->run.id = (*recorder)->directory().filename().string();
  for (const Run& part : parts) {
    const auto missing = copy_evidence(part, (*recorder)->directory());
    if (!missing) return fail(kExitIo, "copy the evidence: " + missing.error().message);
    for (const std::string& line : *missing) log_warning(line);
  }
  const RunStatus status = status_of_merged(merged->run);
  if (const auto written = record(**recorder, *merged, status); !written)
    return fail(kExitIo, "record the run: " + written.error().message);
  return conclude(options, (*recorder)->directory(), status);
}

}  // namespace

Action declare_merge(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("runs", options->runs, "ids, unique prefixes, or paths of folders and archives")
      ->required();
  app.add_option("--format", options->format, "what is printed at the end")
      ->capture_default_str()
      ->check(CLI::IsMember(report_formats()));
  app.footer(
      "Example: testbed run exp07 --shard 1/2; testbed run exp07 --shard 2/2; testbed merge A B\n"
      "The record is a new run with the evidence of all; the exit status is that of the whole.");
  return [options] { return merge(*options); };
}

}  // namespace testbed
