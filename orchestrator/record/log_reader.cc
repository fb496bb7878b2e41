#include "orchestrator/record/log_reader.h"

#include <algorithm>
#include <functional>

#include "orchestrator/base/printable.h"
#include "orchestrator/model/run_json.h"

namespace testbed {
namespace {

// More of them say nothing new; what they are is counted.
constexpr std::size_t kMostToldOf = 20;

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

}  // namespace

void LogReader::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    const std::size_t limit = has_header_ ? kLongestLine : kLongestHeader;
    if (!too_long_ && held_.size() + part.size() > limit) {
      too_long_ = true;
      std::string().swap(held_);
    }
    if (end == std::string_view::npos) {
      if (!too_long_) held_ += part;
      return;
    }
    // Most lines lie within one piece and are not copied.
    if (!held_.empty()) held_ += part;
    take_line(held_.empty() ? part : std::string_view(held_));
    held_.clear();
    if (held_.capacity() > kLongestLine) held_.shrink_to_fit();
    bytes.remove_prefix(end + 1);
  }
}

void LogReader::take_line(std::string_view line) {
  ++number_;
  if (std::exchange(too_long_, false)) return miss("the line is too long");
  auto taken = take(line);
  if (taken) return;
  // Our own writers write valid UTF-8 only; something else has been at this line.
  const std::string repaired = valid_utf8(line);
  if (repaired == line) return miss(taken.error().message);
  taken = take(repaired);
  miss(taken ? "invalid UTF-8 was replaced" : taken.error().message);
}

Result<> LogReader::take(std::string_view line) {
  // Our own writers begin a header so; a large one is not parsed as one document.
  if (line.starts_with(R"({"event":"run-started")")) return take_header(line);
  json::monotonic_resource memory(memory_.data(), memory_.size());  // of the line, freed at once
  const json::value value = TRY(parse_json(line, &memory));
  if (!value.is_object()) return Error{"not a JSON object"};
  return take_event(value, line);
}

// Events that only tell how the run went, and those of newer programs, change nothing.
Result<> LogReader::take_event(const json::value& value, std::string_view line) {
  const json::object& object = value.get_object();
  const std::string event = text_or(object, "event");
  if (event == "run-started") return take_header(line);
  if (!has_header_ && number_ == 1) miss("not the header of a run");
  if (event == "cell-finished")
    return take_result(TRY(cell_result_from_json(value, detail_)), line);
  if (event == "second-pass-finished") return take_second_pass(value);
  if (event == "artifact-ready") {
    ObtainedArtifact artifact = TRY(artifact_from_json(value));
    const std::string name = artifact.name + "-" + artifact.label;
    run_.artifacts.insert_or_assign(name, std::move(artifact));
  } else if (event == "run-finished") {
    if (std::exchange(has_footer_, true)) return Error{"a second end of the run"};
    run_.complete = flag_or(object, "complete");
    run_.exit_code =
        static_cast<int>(std::clamp<std::int64_t>(number_or(object, "exit_code", -1), -1, 255));
    run_.finished = text_or(object, "finished");
  }
  return {};
}

Result<> LogReader::take_header(std::string_view line) {
  if (has_header_) return Error{"a second header"};
  Run header = TRY(header_from_text(line));
  has_header_ = true;
  header.results = std::move(run_.results);
  header.second_passes = std::move(run_.second_passes);
  header.artifacts = std::move(run_.artifacts);
  header.missing = std::move(run_.missing);
  header.complete = run_.complete;
  header.exit_code = run_.exit_code;
  header.finished = std::move(run_.finished);
  run_ = std::move(header);
  std::size_t twice = 0;
  std::unordered_set<std::string> ids;
  std::erase_if(run_.planned, [&](const PlannedCell& cell) {
    const bool first = ids.insert(cell.id).second;
    twice += first ? 0 : 1;
    return !first;
  });
  for (const PlannedCell& cell : run_.planned) planned_.insert(cell.id);
  if (twice > 0) miss(std::to_string(twice) + " cells are planned twice");
  return forget_unplanned();
}

// Results that came before the header.
Result<> LogReader::forget_unplanned() {
  const auto is_unplanned = [&](const auto& entry) { return !planned_.contains(entry.first); };
  const std::size_t unplanned =
      std::erase_if(run_.results, is_unplanned) + std::erase_if(run_.second_passes, is_unplanned);
  if (unplanned == 0) return {};
  return Error{std::to_string(unplanned) + " results of cells that are not planned"};
}

// An attempt is never replaced by a later one; the last outcome has judged them all.
Result<> LogReader::take_result(CellResult result, std::string_view line) {
  if (has_header_ && !planned_.contains(result.cell))
    return Error{"a result of '" + printable_line(result.cell) + "', which is not planned"};
  // Durations differ between attempts: an equal line is the same one once more.
  if (!seen_.insert(std::hash<std::string_view>{}(line)).second)
    return Error{"the line is there twice"};
  share_causes(result);
  const auto [place, first] = run_.results.try_emplace(result.cell);
  if (first) {
    place->second = std::move(result);
    return {};
  }
  std::vector<Attempt>& attempts = place->second.attempts;
  attempts.insert(attempts.end(), std::make_move_iterator(result.attempts.begin()),
                  std::make_move_iterator(result.attempts.end()));
  place->second.outcome = std::move(result.outcome);
  return {};
}

Result<> LogReader::take_second_pass(const json::value& value) {
  const std::string cell = text_or(value.get_object(), "cell");
  if (has_header_ && !planned_.contains(cell))
    return Error{"a second pass of '" + printable_line(cell) + "', which is not planned"};
  SecondPass pass = TRY(second_pass_from_json(value, detail_));
  if (!run_.second_passes.emplace(cell, std::move(pass)).second)
    return Error{"a further second pass of '" + printable_line(cell) + "'"};
  return {};
}

// Equal ones are held once.
void LogReader::share_causes(CellResult& result) {
  result.outcome.cause = shared(std::move(result.outcome.cause));
  for (Attempt& attempt : result.attempts) {
    attempt.cause = shared(std::move(attempt.cause));
    for (CheckResult& check : attempt.checks) check.cause = shared(std::move(check.cause));
  }
}

OptionalCause LogReader::shared(OptionalCause cause) {
  if (!cause) return cause;
  OptionalCause& known = causes_[std::as_const(cause)->signature];
  if (!known || !(*known == *cause)) known = cause;
  return known;
}

void LogReader::miss(const std::string& what) {
  std::string problem = name_ + ":" + std::to_string(number_) + ": " + what;
  if (missed_ == 0) first_problem_ = problem;
  if (++missed_ <= kMostToldOf) run_.missing.push_back(std::move(problem));
}

Result<Run> LogReader::finish() {
  if (!has_header_) {
    return Error{number_ == 0  ? name_ + " has no header: the run ended before it began"
                 : missed_ > 0 ? first_problem_ + "; the file has no header"
                               : name_ + " has no header"};
  }
  if (missed_ > kMostToldOf)
    run_.missing.push_back(name_ + ": and " + std::to_string(missed_ - kMostToldOf) + " more");
  if (missed_ > 0) run_.complete = false;
  add_excluded(run_);
  return std::move(run_);
}

}  // namespace testbed
