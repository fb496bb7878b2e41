#pragma once

#include <map>
#include <mutex>
#include <set>

#include "orchestrator/sandbox/agent_sandbox.h"

namespace testbed {

// gVisor, any version. May be used by several threads.
class Runsc : public SandboxRunner {
 public:
  SandboxOutcome start(const SandboxStart& start, Deadline deadline, std::stop_token stop) override;

 private:
  Result<std::set<std::string>> flags_of(const fs::path& runsc, Deadline deadline);

  std::mutex mutex_;
  std::map<fs::path, std::set<std::string>> flags_;  // of every binary asked so far
};

// The control: the same bundle on the host's kernel.
class Runc : public SandboxRunner {
 public:
  SandboxOutcome start(const SandboxStart& start, Deadline deadline, std::stop_token stop) override;
};

// No container: the agent as a plain process of this machine.
class Here : public SandboxRunner {
 public:
  SandboxOutcome start(const SandboxStart& start, Deadline deadline, std::stop_token stop) override;
};

}  // namespace testbed
