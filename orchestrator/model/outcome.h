#pragma once

#include <string>
#include <vector>

#include "orchestrator/model/evidence.h"

namespace testbed {

// One check of one attempt, observed and explained.
struct CheckResult {
  std::string name;
  bool is_rung = true;
  Observed observed = Observed::Pending;
  std::string detail;  // "openat: ENOSYS", "exit code 1: ls: ...", "skipped: `listed` did not pass"
  OptionalCause cause;              // of a red one
  Verdict verdict = Verdict::None;  // of a side check; rungs are judged together
  std::string command;              // quoted, as a person would paste it
  microseconds duration{0};
  std::optional<GroupUse> use{};  // as CheckEvidence has it
};

struct Attempt {
  Observed observed = Observed::Pending;  // of the first rung that did not pass
  std::string rung;                       // the highest rung reached; empty: none
  std::string reason;                     // not empty unless it passed
  OptionalCause cause;
  std::vector<CheckResult> checks;
  std::vector<std::string> leftovers;
  microseconds start_up{0}, total{0};
};

// A verdict, explained.
struct Outcome {
  Observed observed = Observed::Pending;
  Verdict verdict = Verdict::None;
  std::string rung;       // the highest rung reached (of the worst attempt)
  int rungs_reached = 0;  // how many of rungs_total
  int rungs_total = 0;
  std::string reason;  // not empty unless ok
  OptionalCause cause;
  std::string expected;  // in words: "reaches mounted, fuse-access-enosys: because ..."
};

struct CellResult {
  std::string cell;  // its id
  std::vector<Attempt> attempts;
  Outcome outcome;
};

}  // namespace testbed
