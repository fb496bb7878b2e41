#include <algorithm>
#include <array>
#include <cerrno>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

void add_members_below(Group& group, const Processes& processes, std::set<pid_t>& found) {
  for (auto& [name, child] : group.children) {
    for (const pid_t pid : live_members(*child, processes)) found.insert(pid);
    add_members_below(*child, processes, found);
  }
}

// A process is in a root unless a group of the hierarchy holds it: nothing was ever moved there.
std::vector<pid_t> processes_in(const Access& access) {
  if (access.group.parent != nullptr) return live_members(access.group, access.processes);
  std::set<pid_t> elsewhere;
  add_members_below(access.group, access.processes, elsewhere);
  std::vector<pid_t> pids = access.processes.all();
  std::erase_if(pids, [&](pid_t pid) { return elsewhere.contains(pid); });
  return pids;
}

Reply<std::string> read_procs(const Access& access) {
  std::string text;
  for (const pid_t pid : processes_in(access)) text += std::to_string(pid) + "\n";
  return text;
}

Reply<std::string> read_tasks(const Access& access) {
  std::vector<pid_t> threads;
  for (const pid_t pid : processes_in(access)) {
    for (const pid_t thread : access.processes.threads_of(pid)) threads.push_back(thread);
  }
  std::sort(threads.begin(), threads.end());
  std::string text;
  for (const pid_t thread : threads) text += std::to_string(thread) + "\n";
  return text;
}

void remove_member(Group& group, pid_t pid) {
  group.members.erase(pid);
  for (auto& [name, child] : group.children) remove_member(*child, pid);
}

int attach(Group& group, pid_t leader) {
  if (const int error = group.controller.may_attach(group)) return error;
  Group* root = &group;
  while (root->parent != nullptr) root = root->parent;
  remove_member(*root, leader);
  if (group.parent != nullptr) group.members.insert(leader);
  return 0;
}

int write_procs(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(stripped(text));
  // kstrtoint(): what does not fit is ERANGE, which cgroup_procs_write_start() turns into EINVAL.
  if (!number || *number > static_cast<std::uint64_t>(INT32_MAX)) return EINVAL;
  const pid_t id = *number == 0 ? access.caller : static_cast<pid_t>(*number);
  const auto leader = access.processes.leader_of(id);
  return leader ? attach(access.group, *leader) : ESRCH;
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

}  // namespace testbed
