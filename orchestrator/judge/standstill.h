#pragma once

#include <span>
#include <string>
#include <vector>

#include "orchestrator/model/evidence.h"

namespace testbed {

// Why a thread that hung cannot go on, as far as its tracer is to blame. ptrace(2): a tracee that
// has stopped goes on only when its tracer resumes it, and the tracer learns of the stop by waiting
// for this very thread, or for any.
struct Standstill {
  std::string kind;  // a row of standstill_kinds() in model/kinds.h
  std::string line;  // what stands, since when, and what its tracer does instead
};

// Those found, longest first; pure.
std::vector<Standstill> find_standstills(std::span<const ThreadState> threads);

}  // namespace testbed
