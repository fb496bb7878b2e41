#pragma once

#include <optional>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/sandbox/agent_client.h"

namespace testbed {

// How an agent's sandbox is started and, should it not end by itself, removed.
struct AgentSandboxPlan {
  std::vector<std::string>
      start;  // runs until the sandbox ends; the agent speaks on its stdin and stdout
  std::vector<std::vector<std::string>> force;  // ends and forgets it, in order
  std::vector<fs::path> groups{};               // `start` runs in these, as ProcessSpec has it
  fs::path errors;                              // file for the standard error of `start`
  std::vector<std::string> enter{};             // runs a command inside, beside the agent
  std::vector<std::string> stacks{};            // prints the sandbox's own stacks, where it can
  fs::path stacks_file{};                       // evidence: what that printed when a command hung
  std::vector<std::string> trace_on{}, trace_off{};  // of system calls; empty: it cannot
};

// Starts `plan.start` and waits until the agent inside answers.
SandboxOutcome start_agent_sandbox(const AgentSandboxPlan& plan, Deadline deadline,
                                   std::stop_token stop);

}  // namespace testbed
