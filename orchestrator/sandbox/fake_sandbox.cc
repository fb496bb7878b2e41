#include "orchestrator/sandbox/fake_sandbox.h"

#include <thread>

#include "orchestrator/base/joined.h"

namespace testbed {
class FakeRunning : public RunningSandbox {
 public:
  explicit FakeRunning(FakeSandbox& owner) : owner_(owner) {}

  CommandResult run(const SandboxCommand& command, Deadline, std::stop_token) override {
    const std::string line = joined(command.argv, " ");
    owner_.record(line);
    if (const auto fails = owner_.script_.fails_first.find(line);
        fails != owner_.script_.fails_first.end() && fails->second-- > 0) {
      CommandResult result;
      result.end.code = 1;
      return result;
    }
    const auto answer = owner_.script_.answers.find(line);
    return answer == owner_.script_.answers.end() ? CommandResult{} : answer->second;
  }
  Result<> start_program(const std::vector<std::string>& argv, Deadline, std::stop_token) override {
    owner_.record("start " + joined(argv, " "));
    if (owner_.script_.program_error) return Error{*owner_.script_.program_error};
    return {};
  }
  std::uint64_t start_background(const SandboxCommand& command) override {
    owner_.record("background " + joined(command.argv, " "));
    return 1;
  }
  BackgroundLook look_at(std::uint64_t) override {
    return {.end = owner_.script_.background_end, .output = owner_.script_.background_output};
  }
  std::string goroutines_of(std::uint64_t) override {
    owner_.record("goroutines");
    return "goroutine 1 [select]:\n";
  }
  Result<> trace(bool on) override {
    owner_.record(on ? "trace" : "trace no more");
    return {};
  }
  std::string program_errors() const override { return ""; }
  bool ping(Deadline) override { return true; }
  Result<> destroy(Deadline) override {
    if (owner_.script_.leak) return Error{*owner_.script_.leak};
    return {};
  }

 private:
  FakeSandbox& owner_;
};

SandboxOutcome FakeSandbox::start(const SandboxStart& start, Deadline deadline, std::stop_token) {
  record("sandbox " + start.spec.label);
  if (script_.start_takes.count() > 0)
    std::this_thread::sleep_for(std::min(script_.start_takes, deadline.remaining()));
  if (script_.refuses) return {nullptr, *script_.refuses};
  return {std::make_unique<FakeRunning>(*this), {}};
}

void FakeSandbox::record(const std::string& line) {
  const std::lock_guard lock(mutex_);
  asked_.push_back(line);
}

std::vector<std::string> FakeSandbox::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

}  // namespace testbed
