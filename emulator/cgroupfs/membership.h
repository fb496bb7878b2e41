#pragma once

#include <set>
#include <vector>

#include "emulator/cgroupfs/control_files.h"

namespace testbed {

// The processes in the group that still live.
std::vector<pid_t> live_members(Group& group, const Processes& processes);

// The same, of a root too: there, those that no group of the hierarchy holds.
std::vector<pid_t> processes_in(Group& group, const Processes& processes);

// Of the group and all below it, but not of a root itself.
std::set<pid_t> members_within(Group& group, const Processes& processes);

// The process that a write to a list of processes names: 0 is the writer.
Reply<pid_t> process_named(const Access& access, std::string_view text);

// The group of that process: a root if no other holds it.
Group& group_of(Group& any, pid_t leader);

int attach(Group& group, pid_t leader, const Processes& processes);  // 0 or errno

}  // namespace testbed
