#pragma once

#include <algorithm>
#include <map>

#include "emulator/cgroupfs/processes.h"

namespace testbed {

// Processes of a test: each has one thread more than its leader, numbered 1000 above it.
class FakeProcesses final : public Processes {
 public:
  std::optional<pid_t> leader_of(pid_t id) const override {
    const pid_t leader = id > 1000 ? id - 1000 : id;
    const bool lives = std::find(alive.begin(), alive.end(), leader) != alive.end();
    return lives ? std::optional(leader) : std::nullopt;
  }
  std::vector<pid_t> all() const override { return alive; }
  std::vector<pid_t> threads_of(pid_t leader) const override { return {leader, leader + 1000}; }

  std::optional<CpuTime> cpu_time(pid_t leader) const override {
    const auto at = cpu.find(leader);
    return at == cpu.end() || !leader_of(leader) ? std::nullopt : std::optional(at->second);
  }
  std::uint64_t resident_bytes(pid_t leader) const override {
    return leader_of(leader) ? 1000 * static_cast<std::uint64_t>(leader) : 0;
  }
  void kill(pid_t leader) const override { std::erase(alive, leader); }

  mutable std::vector<pid_t> alive{1, 20, 30};
  std::map<pid_t, CpuTime> cpu{};  // what each has used
};

}  // namespace testbed
