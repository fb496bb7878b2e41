#include "orchestrator/sandbox/runtimes.h"

#include "orchestrator/sandbox/runsc_args.h"

namespace testbed {
namespace {

StageBreak infra(std::string message) {
  return {.stage = "sandbox", .observed = Observed::Infra, .message = std::move(message)};
}

std::vector<std::string> with(std::vector<std::string> argv, const std::vector<std::string>& more) {
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}

// What runsc and runc have in common: OCI runtimes' command line.
AgentSandboxPlan oci_plan(const std::vector<std::string>& runtime, const SandboxStart& start) {
  return {.start = with(runtime, {"run", "--bundle", start.bundle.string(), start.id}),
          .force = {with(runtime, {"kill", start.id, "KILL"}),
                    with(runtime, {"delete", "--force", start.id})},
          .groups = start.groups,
          .errors = start.logs / "stderr",
          .enter = with(runtime, {"exec", start.id})};
}

// A private mount namespace with an empty directory over /proc/sys/net, then the command.
std::vector<std::string> hiding_proc_sys_net(const std::vector<std::string>& argv) {
  return with({"unshare", "--mount", "--propagation", "private", "sh", "-c",
               "mount -t tmpfs testbed /proc/sys/net && exec \"$@\"", "sh"},
              argv);
}

}  // namespace

Result<std::set<std::string>> Runsc::flags_of(const fs::path& runsc, Deadline deadline) {
  const std::lock_guard lock(mutex_);
  if (const auto known = flags_.find(runsc); known != flags_.end()) return known->second;
  CommandOutput output =
      TRY(run_command({.argv = {runsc.string(), "flags"}}, deadline.sooner(milliseconds(10'000))));
  std::set<std::string> listed = flags_listed(output.out + output.err);
  if (!listed.contains("root")) {
    return Error{runsc.string() + " flags ended with " + describe(output.status) +
                 " and lists no flags: " + output.err};
  }
  flags_[runsc] = listed;
  return listed;
}

SandboxOutcome Runsc::start(const SandboxStart& start, Deadline deadline, std::stop_token stop) {
  auto listed = flags_of(start.program / "runsc", deadline);
  if (!listed) return {nullptr, infra(listed.error().message)};
  if (auto made = make_directories(start.state); !made)
    return {nullptr, infra(made.error().message)};
  AgentSandboxPlan plan = oci_plan(runsc_args(start, *listed), start);
  plan.stacks = with(runsc_args(start, *listed), {"debug", "--stacks", start.id});
  plan.stacks_file = start.logs / "stacks";
  if (start.tracing == Tracing::WhenAsked) {
    plan.trace_on = with(runsc_args(start, *listed), {"debug", "--strace=all", start.id});
    plan.trace_off = with(runsc_args(start, *listed), {"debug", "--strace=off", start.id});
  }
  if (needs_of({.version = start.spec.version, .platform = {}, .network = start.network})
          .hides_proc_sys_net) {
    plan.start = hiding_proc_sys_net(plan.start);
  }
  SandboxOutcome outcome = start_agent_sandbox(plan, deadline, stop);
  // runsc itself says nothing when its platform hangs.
  if (!start.spec.platform.empty()) {
    outcome.broke.message = "platform " + start.spec.platform + ": " + outcome.broke.message;
  }
  return outcome;
}

SandboxOutcome Runc::start(const SandboxStart& start, Deadline deadline, std::stop_token stop) {
  if (find_program("runc").empty())
    return {nullptr, infra("runc is missing: apt-get install runc")};
  return start_agent_sandbox(oci_plan({"runc", "--root", start.state.string(), "--log",
                                       (start.logs / "runc.log").string()},
                                      start),
                             deadline, stop);
}

SandboxOutcome Here::start(const SandboxStart& start, Deadline deadline, std::stop_token stop) {
  return start_agent_sandbox(
      {.start = {start.agent.string()}, .force = {}, .errors = start.logs / "stderr"}, deadline,
      stop);
}

}  // namespace testbed
