#pragma once

#include <sys/ptrace.h>
#include <sys/wait.h>

namespace testbed::supervisor {

// What wait(2) said of one thread, in the words of ptrace(2).
struct Event {
  enum class Kind {
    Exited,       // value: exit code
    Killed,       // value: signal
    Seccomp,      // the filter asks
    SyscallStop,  // entry or exit of a call: PTRACE_SYSCALL was asked for
    Created,      // clone, fork or vfork made a task
    Executed,     // another program runs in it
    Started,      // first stop of a new task, or PTRACE_INTERRUPT
    GroupStop,    // value: the stopping signal
    Signal,       // value: the signal that is about to be delivered
    Other,
  };
  Kind kind = Kind::Other;
  int value = 0;
};

inline Event decode_wait_status(int status) {
  if (WIFEXITED(status)) return {Event::Kind::Exited, WEXITSTATUS(status)};
  if (WIFSIGNALED(status)) return {Event::Kind::Killed, WTERMSIG(status)};
  if (!WIFSTOPPED(status)) return {};
  const int signal = WSTOPSIG(status);
  switch (static_cast<unsigned>(status) >> 16) {
    case 0:
      if (signal == (SIGTRAP | 0x80)) return {Event::Kind::SyscallStop};
      return {Event::Kind::Signal, signal};
    case PTRACE_EVENT_SECCOMP:
      return {Event::Kind::Seccomp};
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
      return {Event::Kind::Created};
    case PTRACE_EVENT_EXEC:
      return {Event::Kind::Executed};
    case PTRACE_EVENT_STOP:
      if (signal == SIGTRAP) return {Event::Kind::Started};
      return {Event::Kind::GroupStop, signal};
    default:
      return {Event::Kind::Other, signal};
  }
}

}  // namespace testbed::supervisor
