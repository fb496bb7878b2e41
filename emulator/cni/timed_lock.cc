#include "emulator/cni/timed_lock.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>

#include <cerrno>

#include "orchestrator/base/errno_name.h"

namespace testbed::cni {
namespace {

void set_alarm(int milliseconds) {
  const timeval interval{.tv_sec = 0, .tv_usec = milliseconds * 1000};
  const itimerval timer{.it_interval = interval, .it_value = interval};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

Answer<> lock_within(int fd, std::chrono::seconds patience) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  // Without SA_RESTART the alarm ends a waiting flock; it repeats, so that one which comes just
  // before the wait does no harm.
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &action, &before);
  set_alarm(200);
  const auto end = std::chrono::steady_clock::now() + patience;
  int error = 0;
  do {
    error = ::flock(fd, LOCK_EX) == 0 ? 0 : errno;
  } while (error == EINTR && std::chrono::steady_clock::now() < end);
  set_alarm(0);
  ::sigaction(SIGALRM, &before, nullptr);
  if (error == 0) return {};
  const bool late = error == EINTR;
  return Failure{
      .code = late ? Code::TryAgainLater : Code::IoFailure,
      .msg = late ? "another process held the lock for " + std::to_string(patience.count()) + " s"
                  : "flock: " + errno_text(error)};
}

}  // namespace testbed::cni
