#pragma once

#include "orchestrator/model/bundle_patch.h"
#include "orchestrator/run/background.h"
#include "orchestrator/run/cell_group.h"
#include "orchestrator/run/journal_reader.h"

namespace testbed {

// Carries out the checks of one cell in its sandbox, and keeps what they print in files of the
// cell's evidence folder.
class CheckRunner {
 public:
  // What all checks of the cell have in common. References outlive the runner.
  struct Scene {
    RunningSandbox& sandbox;
    std::vector<std::string> prefix;                 // in front of every command
    std::map<std::string, ProgramPatch> of_program;  // what the approach changes of single ones
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> environment;
    JournalReader* journals;  // null: the cell keeps none
    const CellGroup* group;   // null: what the sandbox uses is not known
    fs::path folder;
    std::string watched;  // as AttemptPlan has it
    milliseconds step;
    Deadline deadline;  // of the cell
    std::stop_token stop;
  };
  explicit CheckRunner(Scene scene) : scene_(std::move(scene)), backgrounds_(scene_.folder) {}

  // Starts what the check starts, then carries it out; with `within` again and again, until it
  // holds, its time is up, or what it started has ended and cannot make it hold any more.
  CheckEvidence carry_out(const CheckSpec& check);

  // Takes the last words of what is still running; where the watched check did not end, Go programs
  // are ended for theirs.
  void close();
  // What could not be written, each with its reason.
  const std::vector<std::string>& lost() const { return lost_; }
  // What evidence of the watched check could not be had, and why.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  // A check's command as the approach has it run.
  struct Composed {
    SandboxCommand command;
    std::size_t prefix_words = 0;
  };
  Composed composed(const std::vector<std::string>& argv) const;
  std::optional<GroupUse> use() const;
  CheckEvidence try_once(const CheckSpec& check);
  CheckEvidence try_until_it_holds(const CheckSpec& check, Deadline limit);
  void trace(bool on);
  void keep_output(const std::string& check, const CommandResult& result);
  void keep(const std::string& name, const std::string& text);

  Scene scene_;
  Backgrounds backgrounds_;
  bool tracing_ = false;
  bool was_too_long_ = false;
  std::vector<std::string> lost_, notes_;
};

}  // namespace testbed
