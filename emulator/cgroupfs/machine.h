#pragma once

#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "emulator/cgroupfs/group.h"
#include "emulator/cgroupfs/siblings.h"

namespace testbed {

// The processes of the emulated machine and where each is in every hierarchy. Nobody tells when one
// forks or ends: /proc is looked at when somebody wants to know.
//
// A process that was not there at the last look is where its parent is, as fork() has it, or where
// the sibling is that made it (siblings.h). Groups of a process that is moved change only after
// such a look, so that children which it had before stay where they were born. A process is known
// by its id and its start time.
class Machine {
 public:
  // `report_only`: no process is ever stopped.
  explicit Machine(const Processes& processes, bool report_only = false)
      : processes_(processes), report_only_(report_only) {}

  const Processes& processes() const { return processes_; }
  void add_root(Group& root) { roots_.push_back(&root); }

  // A new request: what was learnt for the last one may be outdated.
  void begin_request() { looked_ = false; }
  // Finds processes that came or went, once a request.
  void discover();
  // The same, if a process may have been born whose maker can be told only while it is young.
  void discover_siblings() {
    if (!siblings_.none()) discover();
  }
  enum Need : unsigned { kCpu = 0, kMemory = 1, kIo = 2 };
  // Brings the numbers of all groups up to date. One reading of /proc serves all who ask within a
  // short time, which grows with what a reading costs.
  void sample(unsigned needs);

  // Whether it is alive: not gone, no zombie, and no other process under the same id.
  bool lives(pid_t pid);
  // Of this group alone, in ascending order. A root's are those that no group holds.
  std::vector<pid_t> processes_in(Group& group);
  std::vector<pid_t> threads_listed(Group& group);
  // Whether any process or thread lives in the group or below.
  bool is_populated(Group& group);
  // Ends when `visit` is false for one.
  bool each_within(Group& group, const std::function<bool(pid_t)>& visit);

  Group& place_of(Group& root, pid_t leader) const;
  Group& place_of_thread(Group& root, pid_t thread, pid_t leader) const;
  void move_process(pid_t leader, Group& to);
  void move_thread(pid_t thread, pid_t leader, Group& to);
  // What it leaves behind is the parent's.
  void forget(Group& group);

  // Of the group and below, as of the last sample with kMemory; of a root: of all processes.
  MemoryUse memory_in(const Group& group) const;
  MemoryUse memory_of_members(const Group& group) const;  // without those below
  std::size_t threads_in(Group& group);                   // and below
  // Stops or continues the processes of the group and below, as their groups now are frozen or not.
  void apply_freeze(Group& group);
  // While a client waits for the answer to its write, what can come after it waits too: the parent
  // of a process that stops or goes on gets SIGCHLD, and a write that lasts gets a signal of the
  // client's own runtime; in gVisor either ends it with EIO (20240722).
  void defer() { defers_ = true; }
  void do_deferred();

 private:
  struct Task {
    ProcessStat last{};
    bool ended = false;
    CpuTime reaped_new{};           // since it was settled
    CpuTime owed{}, owed_before{};  // of that: used by children that are gone, and accounted for
    MemoryUse memory{};
    IoUse io{}, io_owed{};  // as with times, but for one look only
    bool stopped_here = false;
    // Members of groups among its descendants that have ended since it was settled. Each keeps its
    // place until then: what they used unseen shows when its parent has waited for them.
    std::deque<pid_t> unsettled{};
  };
  struct Earned {
    CpuTime cpu{};
    unsigned on_cpu = 0;
    std::uint64_t faults = 0, major_faults = 0;
    IoUse io{};
  };
  using Tasks = std::map<pid_t, Task>;

  void add(pid_t pid, const ProcessStat& stat);
  Group& birth_place(Group& root, pid_t pid, const ProcessStat& stat) const;
  void end(pid_t pid, Task& task);
  void remove_all(std::vector<pid_t> gone);
  void remove(Tasks::iterator at);
  void leave_to(Task& parent, const Task& gone);
  bool is_member(pid_t pid) const;
  void release(pid_t pid);
  void look_at(pid_t pid, Task& task, const ProcessStat& stat, unsigned needs);
  void settle(pid_t pid, Task& task);
  void charge(pid_t pid, const Earned& earned);
  std::map<pid_t, CpuTime> thread_times(pid_t leader);
  void freeze_if_needed(pid_t pid, Task& task);
  void signal(pid_t pid, int number);
  void note_move(pid_t leader, Group& to);
  void count_fork(Group& group);
  void drop_ended_threads(Group& group);
  bool is_fresh(unsigned needs, std::uint64_t now) const;

  const Processes& processes_;
  bool report_only_;
  std::vector<Group*> roots_;
  Siblings siblings_;
  Tasks tasks_;
  std::map<pid_t, CpuTime> thread_seen_;  // of threads that are elsewhere than their process
  bool looked_ = false, known_ = false;
  bool defers_ = false;
  std::vector<std::pair<pid_t, int>> deferred_signals_;
  std::vector<std::pair<pid_t, Group*>> deferred_moves_;
  std::uint64_t cpu_at_ = 0, memory_at_ = 0, io_at_ = 0;  // when they were read last; 0: never
  std::uint64_t cost_ = 0;
};

bool is_frozen(const Group& group);  // itself, or a group above

}  // namespace testbed
