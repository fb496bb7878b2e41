#include "orchestrator/record/run_reader.h"

#include <cerrno>
#include <fstream>

#include "orchestrator/model/run_json.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

Result<Run> read_header(std::string_view line) {
  const json::value value = TRY(parse_json(line));
  if (!value.is_object() || text_or(value.get_object(), "event") != "run-started") {
    return Error{"not the header of a run"};
  }
  return header_from_json(value);
}

// An attempt is never replaced by a later one; the last outcome has judged them all.
void add_result(Run& run, CellResult later) {
  const auto [place, first] = run.results.try_emplace(later.cell, later);
  if (first) return;
  std::vector<Attempt>& attempts = place->second.attempts;
  attempts.insert(attempts.end(), later.attempts.begin(), later.attempts.end());
  place->second.outcome = std::move(later.outcome);
}

// Events that only tell how the run went, and those of newer programs, change nothing.
Result<> add_line(Run& run, std::string_view line) {
  const json::value value = TRY(parse_json(line));
  if (!value.is_object()) return Error{"not a JSON object"};
  const json::object& object = value.get_object();
  const std::string event = text_or(object, "event");
  if (event == "cell-finished") {
    add_result(run, TRY(cell_result_from_json(value)));
  } else if (event == "artifact-ready") {
    ObtainedArtifact artifact = TRY(artifact_from_json(value));
    const std::string name = artifact.name + "-" + artifact.label;
    run.artifacts.insert_or_assign(name, std::move(artifact));
  } else if (event == "run-finished") {
    run.complete = flag_or(object, "complete");
    run.exit_code = static_cast<int>(number_or(object, "exit_code", -1));
    run.finished = text_or(object, "finished");
  }
  return {};
}

void add_excluded(Run& run) {
  for (const PlannedCell& cell : run.planned) {
    if (cell.excluded_because.empty() || run.find(cell.id) != nullptr) continue;
    CellResult result{.cell = cell.id, .attempts = {}, .outcome = {}};
    result.outcome.observed = Observed::Skip;
    result.outcome.rungs_total = static_cast<int>(cell.rungs.size());
    result.outcome.reason = cell.excluded_because;
    run.results.emplace(cell.id, std::move(result));
  }
}

Error in_line(Error error, const fs::path& file, std::size_t number) {
  return std::move(error).in(file.string() + ":" + std::to_string(number));
}

}  // namespace

Result<Run> read_run(const fs::path& directory) {
  const fs::path file = directory / kEventLogName;
  std::ifstream lines(file, std::ios::binary);
  if (!lines) return errno_error("open", file, errno);
  Run run;
  std::size_t number = 0;
  // What ends without a newline is torn. Line by line: the log of a large matrix is as large as
  // everything that is kept of it.
  for (std::string line; std::getline(lines, line) && !lines.eof();) {
    if (++number == 1) {
      auto header = read_header(line);
      if (!header) return in_line(std::move(header).error(), file, number);
      run = std::move(header).value();
    } else if (auto added = add_line(run, line); !added) {
      return in_line(std::move(added).error(), file, number);
    }
  }
  if (lines.bad()) return errno_error("read", file, errno);
  if (number == 0) return Error{file.string() + " has no header: the run ended before it began"};
  run.directory = directory.string();
  add_excluded(run);
  return run;
}

}  // namespace testbed
