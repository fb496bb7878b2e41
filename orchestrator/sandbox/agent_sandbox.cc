#include "orchestrator/sandbox/agent_sandbox.h"

#include <fcntl.h>
#include <signal.h>

#include "orchestrator/base/log.h"
#include "orchestrator/base/stop_fd.h"

namespace testbed {
namespace {

constexpr milliseconds kEndByItself(5000);
constexpr milliseconds kStacksWithin(3000);
constexpr milliseconds kTraceWithin(5000);
constexpr std::size_t kErrorTail = 4000;

// A sandbox whose first process is the agent, and the runtime process in front of it.
class AgentSandbox : public RunningSandbox {
 public:
  AgentSandbox(Subprocess process, AgentClient client, AgentSandboxPlan plan)
      : process_(std::move(process)), client_(std::move(client)), plan_(std::move(plan)) {
    client_.set_on_hang([this] { keep_stacks(); });
  }

  ~AgentSandbox() override {
    if (destroyed_) return;
    if (auto undone = destroy(Deadline::after(2 * kEndByItself)); !undone) {
      log_warning(undone.error().message);
    }
  }

  bool wait_ready(Deadline deadline, std::stop_token stop) {
    const StopFd stop_fd(stop);
    return client_.wait_ready(deadline, stop_fd.get());
  }

  CommandResult run(const SandboxCommand& command, Deadline deadline,
                    std::stop_token stop) override {
    return client_.run(command, deadline, stop);
  }
  Result<> start_program(const std::vector<std::string>& argv, Deadline deadline,
                         std::stop_token stop) override {
    return client_.start_program(argv, deadline, stop);
  }
  std::uint64_t start_background(const SandboxCommand& command) override {
    return client_.start_background(command);
  }
  BackgroundLook look_at(std::uint64_t background) override { return client_.look_at(background); }
  std::string goroutines_of(std::uint64_t background) override {
    return client_.goroutines_of(background);
  }
  Result<> trace(bool on) override {
    const std::vector<std::string>& argv = on ? plan_.trace_on : plan_.trace_off;
    if (argv.empty()) return Error{"this sandbox cannot write its system calls"};
    const CommandOutput output = TRY(run_command({.argv = argv}, Deadline::after(kTraceWithin)));
    if (succeeded(output.status)) return {};
    return Error{quoted(argv) + ": " + describe(output.status) + ": " + output.err};
  }
  std::string program_errors() const override { return client_.program_errors(); }
  std::vector<std::string> enter() const override { return plan_.enter; }
  bool ping(Deadline deadline) override { return client_.ping(deadline); }

  Result<> destroy(Deadline deadline) override {
    if (std::exchange(destroyed_, true)) return {};
    client_.quit();
    const ExitStatus status = process_->wait(deadline.sooner(kEndByItself), {}, milliseconds(0));
    process_.reset();
    // A runtime that ended by itself has already forgotten its sandbox.
    if (std::holds_alternative<Exited>(status)) return {};
    return force(deadline);
  }

  // After a start that failed: how the runtime ended.
  ExitStatus wait_end(Deadline deadline) {
    const ExitStatus status = process_->wait(deadline, {}, milliseconds(0));
    process_.reset();
    destroyed_ = true;
    if (auto undone = force(Deadline::after(kEndByItself)); !undone)
      log_detail(undone.error().message);
    return status;
  }

 private:
  // Evidence only: where it cannot be had the verdict is the same.
  void keep_stacks() {
    if (plan_.stacks.empty()) return;
    auto output = run_command({.argv = plan_.stacks}, Deadline::after(kStacksWithin));
    if (!output) return log_detail(output.error().message);
    if (auto kept = write_file(plan_.stacks_file, output->out + output->err); !kept)
      log_detail(kept.error().message);
  }

  Result<> force(Deadline deadline) {
    std::optional<Error> last;
    for (const auto& argv : plan_.force) {
      auto output = run_command({.argv = argv}, deadline);
      last.reset();
      if (!output)
        last = output.error();
      else if (!succeeded(output->status))
        last = Error{quoted(argv) + ": " + describe(output->status) + ": " + output->err};
    }
    if (last) return *last;
    return {};
  }

  std::optional<Subprocess> process_;
  AgentClient client_;
  AgentSandboxPlan plan_;
  bool destroyed_ = false;
};

// The last line that says something: runtimes print the reason there.
std::string last_lines(const fs::path& file) {
  std::error_code ignored;
  const auto size = fs::file_size(file, ignored);
  const std::size_t from = ignored || size < kErrorTail ? 0 : size - kErrorTail;
  std::string text = read_part(file, from, kErrorTail);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.empty() ? "it said nothing" : text;
}

StageBreak broke(Observed observed, std::string message) {
  return {.stage = "sandbox", .observed = observed, .message = std::move(message)};
}

StageBreak explain(AgentSandbox& sandbox, const AgentSandboxPlan& plan, bool in_time,
                   std::stop_token stop) {
  // Out of time: the runtime is ended now. Otherwise its stream ended, and it is about to end
  // itself.
  const ExitStatus status =
      sandbox.wait_end(Deadline::after(in_time ? milliseconds(2000) : milliseconds(0)));
  if (stop.stop_requested()) return broke(Observed::Pending, "stopped");
  if (!in_time)
    return broke(Observed::Hang, "the sandbox did not answer in time: " + last_lines(plan.errors));
  const bool crashed =
      std::holds_alternative<Signalled>(status) ||
      (std::holds_alternative<Exited>(status) && std::get<Exited>(status).code == 2);
  return broke(
      crashed ? Observed::Crash : Observed::Fail,
      "the sandbox refused to start (" + describe(status) + "): " + last_lines(plan.errors));
}

}  // namespace

SandboxOutcome start_agent_sandbox(const AgentSandboxPlan& plan, Deadline deadline,
                                   std::stop_token stop) {
  Result<Pipe> in = Pipe::make();
  Result<Pipe> out = Pipe::make();
  Result<UniqueFd> errors = open_file(plan.errors, O_WRONLY | O_CREAT | O_TRUNC);
  if (!in || !out || !errors)
    return {nullptr, broke(Observed::Infra, "cannot open pipes or " + plan.errors.string())};
  Result<Subprocess> process = Subprocess::start({.argv = plan.start,
                                                  .in = in->read.get(),
                                                  .out = out->write.get(),
                                                  .err = errors->get(),
                                                  .groups = plan.groups});
  if (!process) return {nullptr, broke(Observed::Infra, process.error().message)};
  in->read.reset();
  out->write.reset();
  auto sandbox = std::make_unique<AgentSandbox>(
      std::move(*process), AgentClient(std::move(in->write), std::move(out->read)), plan);
  if (sandbox->wait_ready(deadline, stop)) return {std::move(sandbox), {}};
  return {nullptr, explain(*sandbox, plan, !deadline.expired(), stop)};
}

}  // namespace testbed
