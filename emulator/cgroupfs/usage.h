#pragma once

#include <cstdint>
#include <string>

#include "emulator/cgroupfs/control_files.h"

namespace testbed {

// What the processes of the group and of all below it have used while they were in it, including
// those that have ended. Never decreases.
const Used& used_in(const Access& access);
const Used& used_with_io(const Access& access);

// What they hold now. Takes note of the highest total, and of a limit that is exceeded.
MemoryUse memory_held(const Access& access);
Reply<std::string> read_memory(const Access& access);       // the total
Reply<std::string> read_memory_peak(const Access& access);  // the highest that was seen
int reset_memory_peak(const Access& access, std::string_view text);
// How often somebody looked and found more than the limit, having found less before.
std::uint64_t memory_hits(const Access& access);

// In the form of io.stat (v2) or of blkio.throttle.io_service_bytes and io_serviced (v1). /proc
// does not tell the device: all is shown for the first disk of the machine. Operations are calls of
// read(2) and write(2), where anything was read or written.
std::string io_stat_text(const Access& access);
std::string io_text_v1(const Access& access, bool bytes);

// Threads now, and the most that were seen.
std::size_t threads_held(const Access& access);

}  // namespace testbed
