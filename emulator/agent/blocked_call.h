#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace testbed {

// The system call in which a thread waits; -1 where that is not known.
struct BlockedCall {
  std::int64_t number = -1;
  std::int64_t argument = -1;  // the first
};

// From /proc/PID/task/TID/syscall, which gVisor does not have.
BlockedCall blocked_call_in_proc(const std::string& task_directory);

// From its registers: the thread is stopped for a moment. It must sleep, be traced by nobody and be
// a descendant of ours; the call goes on afterwards (signal(7): it is restarted). Waits at most
// 100 ms.
BlockedCall blocked_call_by_ptrace(pid_t thread);

// In which stop of ptrace(2) a thread in state `t` stands, by the kernel's own stack of it
// (/proc/PID/task/TID/stack, which needs root and which gVisor does not have); empty: not known.
std::string kind_of_stop(const std::string& task_directory);

}  // namespace testbed
