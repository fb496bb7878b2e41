#include "orchestrator/base/stop_fd.h"

#include <sys/eventfd.h>

#include <cstdint>

#include "orchestrator/base/check.h"

namespace testbed {

void StopFd::Wake::operator()() const {
  const std::uint64_t one = 1;
  CHECK(::write(fd, &one, sizeof one) == sizeof one, "an eventfd takes a first write");
}

StopFd::StopFd(std::stop_token token)
    : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(std::move(token), Wake{fd_.get()}) {}

}  // namespace testbed
