#pragma once

#include <map>
#include <string>

#include "orchestrator/sandbox/sandbox.h"

namespace testbed {

// The programs that the checks of one cell started and that stay. What they print is kept in files,
// NAME.log each in `folder`; its end is at hand for a check that fails.
class Backgrounds {
 public:
  explicit Backgrounds(fs::path folder) : folder_(std::move(folder)) {}

  // `name` is that of the check that starts it.
  void start(RunningSandbox& sandbox, const std::string& name, const SandboxCommand& command);
  // Takes what was printed and who ended since the last look.
  void look(RunningSandbox& sandbox);
  // Ends the Go programs among them; their stacks, by name.
  std::map<std::string, std::string> goroutines(RunningSandbox& sandbox) const;
  bool has_ended(const std::string& name) const;

  // How those ended that did, each with its last line first and then more of what it said; the
  // program of `check` also while it runs. Empty where there is nothing of that.
  std::string about(const std::string& check) const;

 private:
  struct Program {
    std::uint64_t number = 0;
    std::optional<CommandEnd> end;
    std::string tail;
  };
  fs::path folder_;
  std::map<std::string, Program> programs_;
};

}  // namespace testbed
