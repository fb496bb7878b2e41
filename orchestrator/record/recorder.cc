#include "orchestrator/record/recorder.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/utc_time.h"

namespace testbed {
namespace {

// What a crash of the machine must not take: see architecture "The event log".
bool needs_sync(const Event& event) {
  return std::holds_alternative<RunStarted>(event) || std::holds_alternative<CellFinished>(event) ||
         std::holds_alternative<SecondPassFinished>(event) ||
         std::holds_alternative<RunFinished>(event);
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::create(const fs::path& results_root,
                                                   const std::string& run_id) {
  const bool is_one_name = !run_id.empty() && run_id.find('/') == std::string::npos;
  if (!is_one_name || run_id[0] == '.') return Error{"'" + run_id + "' cannot name a run"};
  TRY(make_directories(results_root));
  const fs::path directory = results_root / run_id;
  if (::mkdir(directory.c_str(), 0755) != 0) {
    return errno_error("create directory", directory, errno);
  }
  return start_in(directory);
}

Result<std::unique_ptr<Recorder>> Recorder::create_new(const fs::path& results_root,
                                                       const std::string& scenario) {
  constexpr int kMostTries = 100;
  TRY(make_directories(results_root));
  fs::path directory;
  for (int tries = 0; tries < kMostTries; ++tries) {
    directory = results_root / new_run_id(scenario);
    if (::mkdir(directory.c_str(), 0755) == 0) return start_in(directory);
    if (errno != EEXIST) return errno_error("create directory", directory, errno);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return errno_error("create directory", directory, EEXIST);
}

Result<std::unique_ptr<Recorder>> Recorder::start_in(const fs::path& directory) {
  EventLog log = TRY(EventLog::create(directory / kEventLogName));
  return std::unique_ptr<Recorder>(new Recorder(directory, std::move(log)));
}

Result<> Recorder::take(const Event& event) {
  TRY(follow(event));
  const std::string now = utc_stamp(std::chrono::system_clock::now());
  json::object line = to_json(event);
  line["at"] = now;
  if (std::holds_alternative<RunFinished>(event)) {
    line["finished"] = now;
    line["counts"] = counts();
  }
  return log_.append(line, needs_sync(event));
}

Result<fs::path> Recorder::make_cell_directory(const std::string& cell_id,
                                               const std::string& folder) const {
  const fs::path directory = cell_directory(directory_, cell_id) / folder;
  TRY(make_directories(directory));
  return directory;
}

// Keeps what the footer counts, and the order header, events, footer.
Result<> Recorder::follow(const Event& event) {
  const bool is_header = std::holds_alternative<RunStarted>(event);
  if (is_header != (state_ == State::New)) {
    return Error{is_header ? "a run starts twice" : "an event came before the run started"};
  }
  if (state_ == State::Closed) return Error{"an event came after the run had finished"};
  state_ = std::holds_alternative<RunFinished>(event) ? State::Closed : State::Open;
  if (const auto* started = std::get_if<RunStarted>(&event)) {
    for (const PlannedCell& cell : started->run.planned) verdicts_[cell.id] = Verdict::None;
  }
  if (const auto* finished = std::get_if<CellFinished>(&event)) {
    verdicts_[finished->result.cell] = finished->result.outcome.verdict;
  }
  return {};
}

json::object Recorder::counts() const {
  std::map<std::string_view, int> by_name;
  for (const auto& [cell, verdict] : verdicts_) ++by_name[name_of(verdict)];
  json::object object;
  for (const auto& [name, count] : by_name) object[name] = count;
  return object;
}

}  // namespace testbed
