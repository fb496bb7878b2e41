#include "orchestrator/cli/stop_signals.h"

#include <signal.h>
#include <unistd.h>

#include <ctime>

#include "orchestrator/base/log.h"

namespace testbed {
namespace {

sigset_t watched() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = watched();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::jthread([this](std::stop_token over) { watch(over); });
}

StopSignals::~StopSignals() {
  thread_.request_stop();
  thread_.join();
  const sigset_t set = watched();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void StopSignals::watch(std::stop_token over) {
  const sigset_t set = watched();
  while (!over.stop_requested()) {
    const timespec patience{.tv_sec = 0, .tv_nsec = 50'000'000};
    const int received = ::sigtimedwait(&set, nullptr, &patience);
    if (received <= 0) continue;
    if (signal_ != 0) ::_exit(128 + signal_);
    signal_ = received;
    log_info("stopping: tearing down what runs; once more to leave it to the next start");
    stop_.request_stop();
  }
}

}  // namespace testbed
