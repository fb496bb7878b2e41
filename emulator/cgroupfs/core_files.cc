#include <algorithm>
#include <array>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/membership.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

Reply<std::string> read_procs(const Access& access) {
  std::string text;
  for (const pid_t pid : processes_in(access.group, access.processes))
    text += std::to_string(pid) + "\n";
  return text;
}

Reply<std::string> read_tasks(const Access& access) {
  std::vector<pid_t> threads;
  for (const pid_t pid : processes_in(access.group, access.processes)) {
    for (const pid_t thread : access.processes.threads_of(pid)) threads.push_back(thread);
  }
  std::sort(threads.begin(), threads.end());
  std::string text;
  for (const pid_t thread : threads) text += std::to_string(thread) + "\n";
  return text;
}

int write_procs(const Access& access, std::string_view text) {
  const auto leader = process_named(access, text);
  return leader ? attach(access.group, *leader, access.processes) : leader.error();
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
    // A thread id moves the whole process: threads of one process in several groups are not
    // emulated.
    {"tasks", 0644, "", read_tasks, write_procs},
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
