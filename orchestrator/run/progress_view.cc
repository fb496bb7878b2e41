#include "orchestrator/run/progress_view.h"

#include <iomanip>
#include <sstream>

#include "orchestrator/base/log.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {
namespace {

constexpr std::chrono::seconds kPlainEvery(
    15);  // between lines about one build, without a terminal

std::string seconds(std::chrono::duration<double> span) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(span.count() < 10 ? 1 : 0) << span.count() << " s";
  return out.str();
}

// SGR colours of the verdict: red needs attention, yellow is known or not decided, green is well.
const char* colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
      return "32";
    case Verdict::Xfail:
    case Verdict::Inconclusive:
    case Verdict::None:
      return "33";
    case Verdict::XfailChanged:
    case Verdict::Xpass:
    case Verdict::Unexpected:
    case Verdict::Flaky:
      return "31";
  }
  return "0";
}

void write_err(const std::string& text) {
  // There is nowhere to report that standard error is gone.
  [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Result<> ProgressView::take(const Event& event) {
  const std::lock_guard lock(mutex_);
  std::visit(Overloaded{
                 [&](const RunStarted& started) {
                   for (const PlannedCell& cell : started.run.planned) {
                     if (cell.excluded_because.empty()) {
                       ++planned_;
                     } else {
                       excluded_.insert(cell.id);
                     }
                   }
                   say("run " + started.run.id + ": " + std::to_string(planned_) + " cells");
                 },
                 [&](const ArtifactStarted& artifact) {
                   active_[artifact.name] = {Clock::now(), Clock::now(), "obtaining"};
                 },
                 [&](const ArtifactReady& ready) { obtained(ready.artifact); },
                 [&](const ArtifactUnavailable& gone) {
                   active_.erase(gone.name);
                   say(gone.name + " is not to be had: " + gone.reason);
                 },
                 [&](const CellStarted& cell) {
                   active_[cell.cell] = {Clock::now(), Clock::now(), ""};
                 },
                 [&](const StageStarted& stage) { active_[stage.cell].doing = stage.stage; },
                 [&](const CheckFinished& check) {
                   active_[check.cell].doing = "after " + check.check.name;
                 },
                 [&](const CellFinished& cell) { finished(cell.result); },
                 [&](const SecondPassStarted& again) {
                   active_["second pass"] = {Clock::now(), Clock::now(), again.cell};
                 },
                 [&](const SecondPassFinished& again) {
                   active_.erase("second pass");
                   say(again.cell + ": " + in_words(again.pass));
                 },
                 [&](const RunStopping& stopping) { say("stopping: " + stopping.reason); },
                 [&](const RunFinished&) { active_.clear(); },
             },
             event);
  draw();
  return {};
}

void ProgressView::finished(const CellResult& result) {
  if (excluded_.contains(result.cell)) return;  // it was not run: nothing has become of it
  const auto began = active_.find(result.cell);
  std::ostringstream line;
  line << "[" << ++done_ << "/" << planned_ << "] " << std::left << std::setw(52) << result.cell
       << " " << name_of(result.outcome.observed) << " " << result.outcome.rungs_reached << "/"
       << result.outcome.rungs_total << " ";
  const std::string verdict(name_of(result.outcome.verdict));
  line << (look_.colour ? "\x1b[" + std::string(colour_of(result.outcome.verdict)) + "m" + verdict +
                              "\x1b[0m"
                        : verdict);
  if (result.outcome.cause) line << " " << result.outcome.cause->signature;
  if (began != active_.end()) line << " (" << seconds(Clock::now() - began->second.since) << ")";
  active_.erase(result.cell);
  say(line.str());
}

// What was in the cache is not worth a line.
void ProgressView::obtained(const ObtainedArtifact& artifact) {
  const auto began = active_.find(artifact.name + "-" + artifact.label);
  if (began == active_.end()) return;
  const auto span = Clock::now() - began->second.since;
  if (span > std::chrono::seconds(1)) {
    say(began->first + ": obtained by " + artifact.source + " in " + seconds(span));
  }
  active_.erase(began);
}

void ProgressView::note(const std::string& name, const std::string& line) {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(name);
  if (found == active_.end()) return;
  Active& active = found->second;
  const bool first = active.doing == "obtaining";
  active.doing = line;
  if (look_.live || (!first && Clock::now() - active.said < kPlainEvery)) return;
  active.said = Clock::now();
  say(name + ": " + line);
}

void ProgressView::say(const std::string& line) {
  erase();
  log_info(line);
}

void ProgressView::tick() {
  const std::lock_guard lock(mutex_);
  draw();
}

void ProgressView::erase() {
  if (drawn_ > 0) write_err("\x1b[" + std::to_string(drawn_) + "A\x1b[J");
  drawn_ = 0;
}

void ProgressView::draw() {
  if (!look_.live) return;
  erase();
  std::string text;
  for (const auto& [name, active] : active_) {
    std::string line =
        "  " + name + "  " + active.doing + "  " + seconds(Clock::now() - active.since);
    if (line.size() > static_cast<std::size_t>(look_.width - 1))
      line.resize(static_cast<std::size_t>(look_.width - 1));
    text += line + "\n";
    ++drawn_;
  }
  write_err(text);
}

}  // namespace testbed
