#pragma once

#include <sys/types.h>

#include <cstddef>
#include <unordered_map>

#include "emulator/supervisor/wait_status.h"

namespace testbed::supervisor {

// What the tracer does about a stop.
enum class Answer {
  Resume,        // PTRACE_CONT
  ResumeToStop,  // PTRACE_SYSCALL
  Deliver,       // PTRACE_CONT with the event's signal
  Listen,        // PTRACE_LISTEN: it stays stopped, as its group
  AskHandler,    // a call wants to be decided upon
  FinishCall,    // a call that was let run is over
  TakeOver,      // another program runs: what was known of its memory is void
  Forget,        // the thread is gone
};

// The order of stops, thread by thread. It knows nothing of ptrace: events in, answers out, so that
// recorded sequences of any kernel can be played to it.
class Stops {
 public:
  // entry_after_seccomp: whether a call resumed with PTRACE_SYSCALL from its seccomp stop stops at
  // its entry before it stops at its exit. Linux before 4.8 and every gVisor do; found out at
  // start.
  explicit Stops(bool entry_after_seccomp) : entry_after_seccomp_(entry_after_seccomp) {}

  Answer on(pid_t tid, const Event& event);
  // After AskHandler: the call runs, and FinishCall is wanted when it is over.
  void run_to_exit(pid_t tid) { threads_[tid].stops_to_exit = entry_after_seccomp_ ? 2 : 1; }
  // After FinishCall: the thread calls again, by our doing, what no filter asks about.
  void run_another(pid_t tid) { threads_[tid].stops_to_exit = 2; }
  // An exec from a thread that did not lead its process: it goes on under the leader's number.
  void took_number_of_leader(pid_t former) { threads_.erase(former); }

  std::size_t threads() const { return threads_.size(); }

 private:
  struct Thread {
    int stops_to_exit = 0;  // syscall stops until FinishCall; 0: none is awaited
  };
  bool entry_after_seccomp_;
  std::unordered_map<pid_t, Thread> threads_{};
};

}  // namespace testbed::supervisor
