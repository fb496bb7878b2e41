#pragma once

#include <cstdint>
#include <string>

#include "emulator/cgroupfs/control_files.h"

namespace testbed {

void add_time(CpuTime& sum, const CpuTime& time);
// Takes note of what it has used by now.
void see(Member& member, const CpuTime& now);
// What the member used while it was in the group.
void add_used(CpuTime& sum, const Member& member);

// What the processes of the group and of all below it have used while they were in it, including
// those that have ended, as far as it was seen: nobody tells when a process ends, and what it used
// after the last look is lost. Never decreases.
CpuTime cpu_time_of(Group& group, const Processes& processes);

// What they hold now. Pages that several of them share count more than once.
std::uint64_t memory_of(Group& group, const Processes& processes);
Reply<std::string> read_memory(const Access& access);

}  // namespace testbed
