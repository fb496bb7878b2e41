#pragma once

#include <sys/types.h>

#include <map>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/base/deadline.h"
#include "orchestrator/base/files.h"

namespace testbed {

struct Exited {
  int code;
};
struct Signalled {
  int signal;
};
struct TimedOut {};   // past the deadline; the group was killed
struct Cancelled {};  // a stop was requested; the group was killed
using ExitStatus = std::variant<Exited, Signalled, TimedOut, Cancelled>;

bool succeeded(const ExitStatus& status);
// "exit code 2", "SIGKILL", "past its deadline", "stopped".
std::string describe(const ExitStatus& status);

// The command as a person would paste it into a shell.
std::string quoted(const std::vector<std::string>& argv);

struct ProcessSpec {
  std::vector<std::string> argv;             // argv[0] is looked up in PATH
  std::map<std::string, std::string> env{};  // added to ours
  fs::path cwd{};                            // empty: ours
  int in = -1, out = -1, err = -1;           // descriptors of the child's streams; -1 is /dev/null
  std::vector<fs::path> groups{};            // cgroup.procs files of the groups that it starts in
  bool dies_with_us = true;  // SIGKILL when the thread that started it ends (prctl(2))
};

// One child in a process group of its own, ended and reaped by its owner. Start it from a thread
// that lives at least as long: PR_SET_PDEATHSIG follows the thread.
class Subprocess {
 public:
  static Result<Subprocess> start(const ProcessSpec& spec);

  Subprocess(Subprocess&& other) noexcept;
  Subprocess& operator=(Subprocess&&) = delete;
  ~Subprocess();  // SIGKILL to the group, reaped

  pid_t pid() const { return pid_; }
  // Readable once the child has ended.
  int exit_fd() const { return exit_fd_.get(); }
  bool ended() const;

  // Until it ends; past the deadline or on stop SIGTERM to the group, a grace period, SIGKILL.
  // Always reaps, once.
  ExitStatus wait(Deadline deadline, std::stop_token stop = {},
                  milliseconds grace = milliseconds(2000));
  void signal_group(int signal) const;

 private:
  Subprocess(pid_t pid, UniqueFd exit_fd) : pid_(pid), exit_fd_(std::move(exit_fd)) {}
  bool wait_readable(Deadline deadline, int stop_fd) const;
  ExitStatus reap();

  pid_t pid_ = -1;
  UniqueFd exit_fd_;
};

struct Pipe {
  UniqueFd read, write;
  static Result<Pipe> make();
};

struct CommandOutput {
  ExitStatus status;
  std::string out;  // standard output
  std::string err;  // standard error
};

// Runs a command to its end and keeps what it prints (each stream up to 16 MiB). An Error means
// that it could not be started; a status that is not success is the caller's to judge.
Result<CommandOutput> run_command(ProcessSpec spec, Deadline deadline, std::stop_token stop = {});

// The same for a command that must succeed: otherwise the error holds the command line and the tail
// of its output.
Result<std::string> must_succeed(ProcessSpec spec, Deadline deadline, std::stop_token stop = {});

}  // namespace testbed
