#pragma once

namespace testbed {

// What the program ends with; below 64 the state of a run (judge/exit_status.h), from there on as
// in sysexits.h.
enum ExitCode : int {
  kExitOk = 0,
  kExitGateFailed = 1,
  kExitNothingSelected = 3,
  kExitOutstanding = 5,
  kExitUsage = 64,
  kExitBadInput = 65,
  kExitNoInput = 66,
  kExitUnavailable = 69,
  kExitInternal = 70,
  kExitCannotCreate = 73,
  kExitIo = 74,
  kExitTryAgain = 75,
  kExitNotPermitted = 77,
  kExitInterrupted = 130,
  kExitTerminated = 143,
};

}  // namespace testbed
