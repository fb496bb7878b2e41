#pragma once

#include <sys/ptrace.h>

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/supervisor/abilities.h"
#include "emulator/supervisor/account.h"
#include "emulator/supervisor/command.h"
#include "emulator/supervisor/handlers.h"
#include "emulator/supervisor/stops.h"

namespace testbed::supervisor {

// The loop of the tracing thread: it waits for any thread of the tree, never for one in
// particular, since a process may be stopped for another's sake (vfork, exec, thread groups).
class Tracer {
 public:
  Tracer(const Abilities& abilities, Handlers& handlers, Account& account)
      : stops_(abilities.entry_after_seccomp),
        loses_signals_(abilities.loses_signals_in_stops),
        memory_(abilities.memory),
        handlers_(handlers),
        account_(account) {}

  // Until the last thread is gone. The exit status of `main`, as shells say it.
  int run(pid_t main, const std::function<void()>& executed);

 private:
  // What is remembered of a thread.
  struct Task {
    Registers program{};  // its own, while something else is run in its name
    enum { None, Mapping, Calling } running = None;
    std::function<std::int64_t(std::int64_t)> at_exit{};
    std::uint64_t scratch = 0;  // where its address space has the mapping; 0: not known
    bool no_scratch = false;    // it cannot be had
    int slot = -1, big_slot = -1;
    std::string in_slot{};  // what was written there last
  };

  bool collect();
  void on_stop(pid_t tid, int status);
  void resume(pid_t tid, __ptrace_request how, int signal = 0) const;
  void ask_handler(pid_t tid);
  void carry_out(pid_t tid, Task& task, Registers& registers, Decision decision);
  void run_command(pid_t tid, Decision decision, Registers& registers);
  void command_ended(pid_t pid);
  void run_changed(pid_t tid, Task& task, Registers& registers, Decision decision);
  void finish_call(pid_t tid);
  void take_over(pid_t tid);
  void forget(pid_t tid);
  void deliver(pid_t tid, int signal);

  bool has_scratch(pid_t tid, Task& task) const;
  void map_scratch(pid_t tid, Task& task, const Registers& registers);
  void scratch_mapped(pid_t tid, Task& task, std::int64_t result);
  int take_slot(std::vector<int>& free, int& next, std::size_t most) const;
  void answer(pid_t tid, Registers& registers, std::int64_t value);

  // A thread waits, stopped, for what a command prints.
  struct Pending {
    Command command{};
    pid_t tid = 0;
    std::function<Decision(std::string)> with_output{};
  };

  Stops stops_;
  bool loses_signals_;  // Abilities
  TraceeMemory memory_;
  Handlers& handlers_;
  Account& account_;
  std::unordered_map<pid_t, Task> tasks_{};
  std::unordered_map<pid_t, Pending> commands_{};  // by the command's pid
  std::deque<std::pair<pid_t, int>> waiting_{};
  int since_all_ = 0;  // stops taken singly since all there were were taken
  std::vector<int> free_slots_{}, free_big_slots_{};
  int next_slot_ = 0, next_big_slot_ = 0;
};

}  // namespace testbed::supervisor
