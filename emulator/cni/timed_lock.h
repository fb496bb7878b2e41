#pragma once

#include <chrono>

#include "emulator/cni/failure.h"

namespace testbed::cni {

// Takes flock(2) LOCK_EX on the descriptor; TryAgainLater when others hold it for that long. Uses
// SIGALRM of the process, so one thread at a time.
Answer<> lock_within(int fd, std::chrono::seconds patience);

}  // namespace testbed::cni
