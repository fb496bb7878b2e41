#pragma once

#include "emulator/cgroupfs/options.h"

namespace testbed::cgroupfs {

struct Ending {
  int code = kDone;
  std::string message{};
};

// Mounts, serves until the end, unmounts. To be called from a program's only thread, which then
// ends without destructors: threads that wait for requests cannot be told to stop.
Ending serve(const Options& options);

}  // namespace testbed::cgroupfs
