#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "orchestrator/base/deadline.h"
#include "orchestrator/base/files.h"
#include "orchestrator/model/cell.h"
#include "orchestrator/model/evidence.h"

namespace testbed {

// Which system calls runsc writes to logs/debug: slow and large.
enum class Tracing {
  None,
  WhenAsked,  // those between RunningSandbox::trace(true) and (false)
  All,        // from its start on
};

// What a sandbox is started from. All paths are on the host.
struct SandboxStart {
  SandboxSpec spec;
  std::string id;   // of the container; unique on this machine
  fs::path bundle;  // holds config.json
  fs::path
      state;  // the runtime's own files; short, because sockets lie below it (unix(7): 107 bytes)
  fs::path logs;     // evidence: what the runtime itself says
  fs::path program;  // directory of the runtime (runsc), empty where it is looked up
  fs::path agent;    // `here`: the agent program
  bool needs_fuse = false;
  bool needs_cgroup_mount = false;
  std::string network = "none";
  std::vector<fs::path> groups{};  // of the host's cgroups, as ProcessSpec has them
  Tracing tracing = Tracing::None;
};

// How a command of a cell ended and what it printed (each stream up to 1 MiB).
struct CommandResult {
  CommandEnd end;
  std::string out, err;
  std::vector<ThreadState>
      threads{};  // of one that hung, or where they were wanted: looked at before it was killed
  std::string goroutines{};  // the same of its Go processes, where that was wanted
  microseconds duration{0};
};

struct SandboxCommand {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment{};
  // Something that grows while work goes on, besides output and processor time: a journal's size.
  std::function<std::uintmax_t()> movement{};
  bool wants_stacks = false;  // of threads and goroutines, if it does not end in time
};

// A program in the background, as it is now.
struct BackgroundLook {
  std::optional<CommandEnd> end;  // none while it runs
  std::string output;             // both streams, since the last look (each up to 1 MiB)
};

// One started sandbox. Used by one thread; the destructor destroys.
class RunningSandbox {
 public:
  virtual ~RunningSandbox() = default;

  // Runs a command to its end. Past the deadline it is killed, and `end` says whether it hung or
  // was just slow.
  virtual CommandResult run(const SandboxCommand& command, Deadline deadline,
                            std::stop_token stop) = 0;

  // Starts a program that stays, and waits for its line that begins with "ready". An error says how
  // it ended instead.
  virtual Result<> start_program(const std::vector<std::string>& argv, Deadline deadline,
                                 std::stop_token stop) = 0;

  // Starts a program that stays and says nothing about when it is ready. The number names it.
  virtual std::uint64_t start_background(const SandboxCommand& command) = 0;
  virtual BackgroundLook look_at(std::uint64_t background) = 0;

  // Ends the Go programs in it; gives the stacks of their goroutines, each with its state.
  virtual std::string goroutines_of(std::uint64_t background) = 0;

  // Begins and ends to write system calls. An error: this sandbox cannot.
  virtual Result<> trace(bool on) = 0;

  // What such programs printed on standard error, for evidence.
  virtual std::string program_errors() const = 0;

  // What stands on the host in front of a command that is to run inside, for a person; empty where
  // inside is here.
  virtual std::vector<std::string> enter() const { return {}; }

  // Whether the sandbox answers.
  virtual bool ping(Deadline deadline) = 0;

  // Ends it and everything in it. An error says what could not be undone.
  virtual Result<> destroy(Deadline deadline) = 0;
};

// A started sandbox, or the stage that broke: `fail` or `crash` when the runtime refused, `infra`
// when it could not even be executed.
struct SandboxOutcome {
  std::unique_ptr<RunningSandbox> sandbox;
  StageBreak broke;  // meaningful only without a sandbox
};

class SandboxRunner {
 public:
  virtual ~SandboxRunner() = default;
  virtual SandboxOutcome start(const SandboxStart& start, Deadline deadline,
                               std::stop_token stop) = 0;
};

}  // namespace testbed
