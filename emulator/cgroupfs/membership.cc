#include "emulator/cgroupfs/membership.h"

#include <cerrno>

#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/usage.h"

namespace testbed {
namespace {

Group& root_of(Group& group) { return is_root(group) ? group : root_of(*group.parent); }

Group* holder_within(Group& group, pid_t pid) {
  if (group.members.contains(pid)) return &group;
  for (auto& [name, child] : group.children) {
    if (Group* holder = holder_within(*child, pid)) return holder;
  }
  return nullptr;
}

}  // namespace

std::vector<pid_t> live_members(Group& group, const Processes& processes) {
  std::vector<pid_t> alive;
  // Nobody tells us when a process ends: the dead are dropped when somebody looks.
  std::erase_if(group.members, [&](const auto& entry) {
    const auto& [pid, member] = entry;
    if (processes.leader_of(pid)) {
      alive.push_back(pid);
      return false;
    }
    add_used(group.past, member);
    return true;
  });
  return alive;
}

std::set<pid_t> members_within(Group& group, const Processes& processes) {
  const auto own = live_members(group, processes);
  std::set<pid_t> found(own.begin(), own.end());
  for (auto& [name, child] : group.children) found.merge(members_within(*child, processes));
  return found;
}

// A process is in a root unless a group of the hierarchy holds it: nothing was ever moved there.
std::vector<pid_t> processes_in(Group& group, const Processes& processes) {
  if (!is_root(group)) return live_members(group, processes);
  const std::set<pid_t> elsewhere = members_within(group, processes);
  std::vector<pid_t> pids = processes.all();
  std::erase_if(pids, [&](pid_t pid) { return elsewhere.contains(pid); });
  return pids;
}

Reply<pid_t> process_named(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(stripped(text));
  // kstrtoint(): what does not fit is ERANGE, which cgroup_procs_write_start() turns into EINVAL.
  if (!number || *number > static_cast<std::uint64_t>(INT32_MAX)) return Errno{EINVAL};
  const pid_t id = *number == 0 ? access.caller : static_cast<pid_t>(*number);
  const auto leader = access.processes.leader_of(id);
  if (!leader) return Errno{ESRCH};
  return *leader;
}

Group& group_of(Group& any, pid_t leader) {
  Group& root = root_of(any);
  Group* holder = holder_within(root, leader);
  return holder != nullptr ? *holder : root;
}

int attach(Group& group, pid_t leader, const Processes& processes) {
  if (const int error = group.layout.may_attach(group, processes)) return error;
  for (const Controller* controller : group.controllers) {
    if (const int error = controller->may_attach(group)) return error;
  }
  Group& before = group_of(group, leader);
  if (&before == &group) return 0;
  const auto now = processes.cpu_time(leader);
  if (const auto left = before.members.find(leader); left != before.members.end()) {
    if (now) see(left->second, *now);
    add_used(before.past, left->second);
    before.members.erase(left);
  }
  const CpuTime start = now.value_or(CpuTime{});
  if (!is_root(group)) group.members[leader] = {.joined = start, .seen = start};
  return 0;
}

}  // namespace testbed
