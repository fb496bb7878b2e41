#pragma once

#include <signal.h>

#include <algorithm>
#include <map>
#include <set>

#include "emulator/cgroupfs/processes.h"

namespace testbed {

// Processes for tests: those in `alive`, each with two threads, the second of which has the id of
// the first and 1000.
class FakeProcesses final : public Processes {
 public:
  std::optional<pid_t> leader_of(pid_t id) const override {
    const pid_t leader = id > 1000 ? id - 1000 : id;
    const bool lives = std::find(alive.begin(), alive.end(), leader) != alive.end();
    return lives && !zombies.contains(leader) ? std::optional(leader) : std::nullopt;
  }
  std::vector<pid_t> all() const override {
    ++scans;
    return alive;
  }
  std::vector<pid_t> threads_of(pid_t leader) const override { return {leader, leader + 1000}; }

  std::optional<ProcessStat> stat_of(pid_t leader) const override {
    if (std::find(alive.begin(), alive.end(), leader) == alive.end()) return std::nullopt;
    ProcessStat stat{.parent = value(parents, leader),
                     .start = value(starts, leader),
                     .zombie = zombies.contains(leader),
                     .stopped = stopped.contains(leader),
                     .threads = 2};
    stat.own = value(cpu, leader);
    stat.reaped = value(reaped, leader);
    return stat;
  }
  std::optional<ProcessStat> thread_stat(pid_t leader, pid_t thread) const override {
    auto stat = stat_of(leader);
    if (stat) stat->own = value(cpu, thread);
    return stat;
  }
  MemoryUse memory_of(pid_t leader) const override {
    return leader_of(leader) ? MemoryUse{.anon = 1000 * static_cast<std::uint64_t>(leader)}
                             : MemoryUse{};
  }
  IoUse io_of(pid_t leader) const override { return value(io, leader); }
  std::optional<Owner> owner_of(pid_t leader) const override {
    return Owner{value(owners, leader), value(owners, leader)};
  }
  std::set<std::string> channels_of(pid_t leader) const override { return value(channels, leader); }
  void send_signal(pid_t leader, int signal) const override {
    if (signal == SIGKILL) std::erase(alive, leader);
    if (signal == SIGSTOP) stopped.insert(leader);
    if (signal == SIGCONT) stopped.erase(leader);
  }
  std::optional<pid_t> id_for(pid_t viewer, pid_t id) const override {
    if (viewer != inner_viewer) return id;
    return id > 10 ? std::optional(id - 10) : std::nullopt;
  }
  std::optional<pid_t> id_from(pid_t viewer, pid_t id) const override {
    return viewer == inner_viewer ? id + 10 : id;
  }
  std::uint64_t now() const override { return clock += step; }

  mutable std::vector<pid_t> alive{1, 20, 30};
  std::map<pid_t, CpuTime> cpu{}, reaped{};  // what each has used, and its children; also threads
  std::map<pid_t, pid_t> parents{};
  std::map<pid_t, std::uint64_t> starts{};
  std::map<pid_t, IoUse> io{};
  std::map<pid_t, uid_t> owners{};
  std::map<pid_t, std::set<std::string>> channels{};
  std::set<pid_t> zombies{};
  mutable std::set<pid_t> stopped{};
  mutable int scans = 0;
  std::uint64_t step = 1000000000;  // that the clock goes on at each look
  mutable std::uint64_t clock = 0;
  pid_t inner_viewer = -1;  // sees each process under an id that is 10 less

 private:
  template <class Value>
  static Value value(const std::map<pid_t, Value>& values, pid_t id) {
    const auto at = values.find(id);
    return at == values.end() ? Value{} : at->second;
  }
};

}  // namespace testbed
