#pragma once

#include <functional>
#include <stop_token>

#include "orchestrator/base/files.h"
#include "orchestrator/model/catalog.h"
#include "orchestrator/model/cell.h"
#include "orchestrator/model/event.h"
#include "orchestrator/model/evidence.h"
#include "orchestrator/sandbox/sandbox.h"

namespace testbed {

// A sandbox that has climbed its whole ladder and still runs.
struct HeldCell {
  const Cell& cell;
  fs::path evidence;  // ${out} of the sandbox is `journal` in it
  fs::path outside;   // the network namespace from which it is reached; empty without a network
  std::vector<std::string> shell;  // a command on the host: a shell inside, as the checks are run
};

// What every cell of a run needs. All members outlive the run; functions may be called by several
// threads.
struct CellTools {
  fs::path area;       // of the run: RunArea
  fs::path programs;   // agent, probe, cgroupfs
  std::string cgroup;  // RunArea::cgroup_of(run)
  std::function<SandboxRunner&(SandboxSpec::Kind)> runner;
  // An artifact by name and label; an error is why it is not to be had.
  std::function<Result<ObtainedArtifact>(const std::string& name, const std::string& label,
                                         std::stop_token)>
      obtain;
  // Where the evidence of an attempt goes, a folder of the cell's; made by the recorder.
  std::function<Result<fs::path>(const std::string& cell, const std::string& folder)>
      evidence_directory;
  std::function<void(Event)> post;
  // Called when every rung holds, before the sandbox is taken down: it stays until this returns.
  // Empty: it is taken down at once.
  std::function<void(const HeldCell&)> hold;
  Tracing tracing = Tracing::None;
};

struct AttemptPlan {
  std::string folder = "1";  // of its evidence
  // A check of which all evidence is wanted that can be had: its system calls and, should it not
  // end in time, the stacks of its threads and goroutines. `sandbox-up` stands for all that comes
  // before the first check.
  std::string watched{};
};

// Runs one attempt of a cell, stage by stage, and says what was seen. Judging is somebody else's.
Evidence run_attempt(const Cell& cell, const AttemptPlan& plan, const CellTools& tools,
                     std::stop_token stop);

// "${name}" replaced by its value; the loader has checked that all names are known.
std::string substituted(const std::string& text,
                        const std::map<std::string, std::string>& variables);

}  // namespace testbed
