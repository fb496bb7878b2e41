#pragma once

#include <map>
#include <mutex>

#include "orchestrator/sandbox/sandbox.h"

namespace testbed {

// Replays scripted answers and records what it was asked. For tests; the loader refuses `fake`
// elsewhere.
class FakeSandbox : public SandboxRunner {
 public:
  struct Script {
    std::optional<StageBreak> refuses;  // the start breaks like this
    std::map<std::string, CommandResult>
        answers;  // by argv joined with blanks; unknown ones exit with 0
    std::optional<std::string> program_error;  // inside programs do not get ready
    std::map<std::string, int> fails_first;    // by argv: how often it exits with 1 before that
    std::optional<CommandEnd> background_end;  // of every program in the background
    std::string background_output;
    std::optional<std::string> leak;  // destroy fails
    milliseconds start_takes{0};
  };

  explicit FakeSandbox(Script script) : script_(std::move(script)) {}
  SandboxOutcome start(const SandboxStart& start, Deadline deadline, std::stop_token stop) override;

  // The commands that were run, in order over all sandboxes.
  std::vector<std::string> asked() const;

 private:
  friend class FakeRunning;
  void record(const std::string& line);

  Script script_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
};

}  // namespace testbed
