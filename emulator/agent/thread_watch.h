#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>

namespace testbed {

// Looks again and again at the threads of one session, as /proc shows them, so that it can be said
// for how long each has stood still.
class ThreadWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // Another look. A thread whose state and processor time are as they were has stood still since.
  void look(pid_t session);
  // Something moved: nobody needs to know about single threads.
  void forget() { seen_.clear(); }

  // One line a thread, at most kMostThreads, those that have stood longest first:
  // `pid=7 tid=8 state=t still_ms=2500 cpu_ms=0 tracer=6 call=61 arg=7 stop=signal-delivery
  // wchan=do_wait name=sh`. `call` and `arg` are a system call in which it waits and its first
  // argument, -1 where that is not known; `stop` is the kind of a stop under ptrace(2) and `wchan`
  // the function of the kernel in which it waits, where the kernel tells them. Looks into threads
  // that nobody traces by stopping them for a moment where /proc does not tell their call.
  std::string report(pid_t session);

  static constexpr std::size_t kMostThreads = 256;

 private:
  struct Seen {
    pid_t pid = 0;
    char state = '?';
    unsigned long ticks = 0;
    std::string name;
    Clock::time_point since;
    bool present = false;  // in the last look
  };
  std::map<pid_t, Seen> seen_;  // by thread
};

}  // namespace testbed
