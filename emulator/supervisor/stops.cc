#include "emulator/supervisor/stops.h"

namespace testbed::supervisor {

Answer Stops::on(pid_t tid, const Event& event) {
  Thread& thread = threads_[tid];  // also of a child whose parent has not told of it yet
  switch (event.kind) {
    case Event::Kind::Exited:
    case Event::Kind::Killed:
      threads_.erase(tid);
      return Answer::Forget;
    case Event::Kind::Seccomp:
      thread.stops_to_exit = 0;
      return Answer::AskHandler;
    case Event::Kind::SyscallStop:
      if (thread.stops_to_exit == 0) return Answer::Resume;
      return --thread.stops_to_exit == 0 ? Answer::FinishCall : Answer::ResumeToStop;
    case Event::Kind::Executed:
      thread.stops_to_exit = 0;
      return Answer::TakeOver;
    case Event::Kind::GroupStop:
      return Answer::Listen;
    case Event::Kind::Signal:
      return Answer::Deliver;
    case Event::Kind::Created:
    case Event::Kind::Started:
    case Event::Kind::Other:
      // An event inside a call (a fork that is let run to its exit) does not end the wait for it.
      return thread.stops_to_exit == 0 ? Answer::Resume : Answer::ResumeToStop;
  }
  return Answer::Resume;
}

}  // namespace testbed::supervisor
