#pragma once

#include <string>

#include "emulator/cgroupfs/served.h"

namespace testbed {

// Tells who watches cgroup.events what happens to members by itself, such as the end of the last
// one: poll(2) where the kernel has it for FUSE, and inotify by a write through the mount, as only
// what goes through the kernel raises that. Never returns; for a thread that serves no request, as
// it waits for those that do. It looks five times a second, or less often where looking is slow.
void tell_events(Served& served, const std::string& mountpoint);

}  // namespace testbed
