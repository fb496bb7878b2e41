#include "emulator/cgroupfs/usage.h"

#include <algorithm>

#include "emulator/cgroupfs/membership.h"

namespace testbed {

void add_time(CpuTime& sum, const CpuTime& time) {
  sum.user += time.user;
  sum.system += time.system;
}

// A process id that came back has used less than the one before it.
void see(Member& member, const CpuTime& now) {
  member.seen.user = std::max(member.seen.user, now.user);
  member.seen.system = std::max(member.seen.system, now.system);
}

void add_used(CpuTime& sum, const Member& member) {
  add_time(sum, {member.seen.user - member.joined.user, member.seen.system - member.joined.system});
}

CpuTime cpu_time_of(Group& group, const Processes& processes) {
  live_members(group, processes);
  CpuTime sum = group.past;
  for (auto& [pid, member] : group.members) {
    if (const auto now = processes.cpu_time(pid)) see(member, *now);
    add_used(sum, member);
  }
  for (auto& [name, child] : group.children) add_time(sum, cpu_time_of(*child, processes));
  return sum;
}

std::uint64_t memory_of(Group& group, const Processes& processes) {
  std::uint64_t sum = 0;
  for (const pid_t pid : members_within(group, processes)) sum += processes.resident_bytes(pid);
  return sum;
}

Reply<std::string> read_memory(const Access& access) {
  return std::to_string(memory_of(access.group, access.processes)) + "\n";
}

}  // namespace testbed
