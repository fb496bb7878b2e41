#include <algorithm>
#include <array>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/membership.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

// Processes with a thread in the group.
Reply<std::string> read_procs(const Access& access) {
  std::vector<pid_t> pids = access.machine.processes_in(access.group);
  for (const auto& [thread, leader] : access.group.threads) pids.push_back(leader);
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return list_of(access, std::move(pids));
}

Reply<std::string> read_tasks(const Access& access) {
  return list_of(access, access.machine.threads_listed(access.group));
}

int write_agent(const Access& access, std::string_view text) {
  return store(access, std::string(stripped(text)));
}

constexpr std::array<ControlFile, 6> kCoreFiles{{
    {"cgroup.clone_children", 0644, "0", read_value, write_flag},
    {"cgroup.procs", 0644, "", read_procs, write_procs},
    {"cgroup.sane_behavior", 0444, "0", read_value, nullptr, Where::Root},
    {"notify_on_release", 0644, "0", read_value, write_flag},
    {"release_agent", 0644, "", read_value, write_agent, Where::Root},
    {"tasks", 0644, "", read_tasks, write_threads},
}};

}  // namespace

std::span<const ControlFile> core_files() { return kCoreFiles; }

// Both flags pass from parent to child (cgroup_create()).
void prepare_v1(Group& group) {
  if (is_root(group)) return;
  for (const char* flag : {"cgroup.clone_children", "notify_on_release"}) {
    group.values[flag] = value_of(*group.parent, flag);
  }
}

}  // namespace testbed
