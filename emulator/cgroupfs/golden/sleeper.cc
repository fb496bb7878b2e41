#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "emulator/cgroupfs/golden/player.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::golden {
namespace {

[[noreturn]] void wait_for_ever(int ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::jthread second([ready] {
    const pid_t id = ::gettid();
    if (::write(ready, &id, sizeof id) != sizeof id) ::_exit(1);
    while (true) ::pause();
  });
  while (true) ::pause();
}

}  // namespace

Result<Sleeper> Sleeper::start() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error{"pipe2: " + errno_text(errno)};
  const pid_t child = ::fork();
  if (child == 0) wait_for_ever(ends[1]);
  ::close(ends[1]);
  pid_t thread = 0;
  const bool said = child > 0 && ::read(ends[0], &thread, sizeof thread) == sizeof thread;
  ::close(ends[0]);
  if (!said) return Error{"a process could not be started"};
  return Sleeper(child, thread);
}

Sleeper::Sleeper(Sleeper&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), thread_(other.thread_) {}

Sleeper::~Sleeper() { end(); }

void Sleeper::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Sleeper::leave_zombie() {
  ::kill(pid_, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
}

}  // namespace testbed::golden
