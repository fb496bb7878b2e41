#include "emulator/agent/blocked_call.h"

#include <poll.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cstdio>

#include "emulator/agent/proc_stat.h"

namespace testbed {
namespace {

constexpr int kLooks = 20;
constexpr int kLookEveryMs = 5;

// A seized thread reports the stop that was asked for, or one of its own that came first.
bool wait_for_stop(pid_t thread) {
  for (int look = 0; look < kLooks; ++look) {
    int status = 0;
    const pid_t ended = ::waitpid(thread, &status, __WALL | WNOHANG);
    if (ended < 0) return false;
    if (ended == thread) return WIFSTOPPED(status);
    ::poll(nullptr, 0, kLookEveryMs);
  }
  return false;
}

}  // namespace

BlockedCall blocked_call_in_proc(const std::string& task_directory) {
  // "61 0x7 0x7ffe... ..." or "running", or "-1 ..." outside of a call.
  const std::string text = read_proc_file(task_directory + "/syscall");
  BlockedCall call;
  long number = -1;
  unsigned long argument = 0;
  if (std::sscanf(text.c_str(), "%ld 0x%lx", &number, &argument) != 2 || number < 0) return call;
  return {.number = number, .argument = static_cast<std::int64_t>(argument)};
}

BlockedCall blocked_call_by_ptrace(pid_t thread) {
  BlockedCall call;
  if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) return call;
  user_regs_struct registers{};
  if (::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0 && wait_for_stop(thread) &&
      ::ptrace(PTRACE_GETREGS, thread, nullptr, &registers) == 0 &&
      static_cast<std::int64_t>(registers.orig_rax) >= 0) {
    call = {.number = static_cast<std::int64_t>(registers.orig_rax),
            .argument = static_cast<std::int64_t>(registers.rdi)};
  }
  // Detaching needs a stopped thread; one that did not stop in time is let go when we end.
  ::ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
  return call;
}

std::string kind_of_stop(const std::string& task_directory) {
  const std::string stack = read_proc_file(task_directory + "/stack");
  // The innermost callers first. Names of Linux 5.x and 6.x; where none occurs nothing is said.
  struct Sign {
    const char* function;
    const char* kind;
  };
  constexpr Sign kSigns[] = {{"seccomp", "seccomp"},
                             {"syscall_trace_enter", "syscall-enter"},
                             {"syscall_exit", "syscall-exit"},
                             {"do_jobctl_trap", "group-or-interrupt"},
                             {"ptrace_signal", "signal-delivery"},
                             {"get_signal", "signal-delivery"},
                             {"ptrace_", "event"}};
  for (const Sign& sign : kSigns) {
    if (stack.find(sign.function) != std::string::npos) return sign.kind;
  }
  return "";
}

}  // namespace testbed
