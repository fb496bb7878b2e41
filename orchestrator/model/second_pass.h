#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/model/outcome.h"

namespace testbed {

// Where the system calls of a check first come to something else than those of a cell that passes
// it.
struct CallDifference {
  std::string neighbour;    // the cell that passes
  std::string process;      // which of the check's processes: "ls"
  std::string here, there;  // "openat(...) = ENOSYS"; empty: it made no more calls
  std::size_t alike = 0;    // calls before it that come to the same
  // Calls before it that fail here only, and after which both go on alike: "rseq(...) = ENOSYS;
  // there rseq(...) = 0".
  std::vector<std::string> without_consequence;
};

// A red cell run once more, with all the evidence that can be had of the check that was red. It
// never changes what the cell came to.
struct SecondPass {
  std::string check;                // the one that is looked at
  Attempt attempt;                  // what came of the cell this time
  std::string folder;               // its evidence, below the run's folder
  std::size_t calls = 0;            // system calls of the check's processes
  std::vector<std::string> failed;  // the last of those that failed
  std::string waits;                // the call in which it was when the trace ended
  std::vector<std::string> notes;   // what evidence could not be had, and why
  std::optional<CallDifference> difference;
};

// A cell that is to be run once more for evidence about one check.
struct SecondLook {
  std::string cell, check;
  bool from_start = false;  // the check was not carried out: what broke came before it
  std::string neighbour;    // a cell that passes it, whose system calls to compare; or empty
};

// By cell id.
using SecondPasses = std::map<std::string, SecondPass>;

// Whether the check that was red holds this time: evidence that the cell is flaky.
bool holds_now(const SecondPass& pass);
// "`listed` in the second pass: fail, openat: ENOSYS".
std::string in_words(const SecondPass& pass);
// "`ls`, after 41 calls alike: openat(...) = ENOSYS; in CELL: openat(...) = 3".
std::string in_words(const CallDifference& difference);

// All of it for a person, a label and its text each.
struct LabelledText {
  std::string label, text;
};
std::vector<LabelledText> account_of(const SecondPass& pass);

}  // namespace testbed
