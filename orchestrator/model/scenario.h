#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/model/version_range.h"

namespace testbed {

using std::chrono::milliseconds;

// One dimension of the matrix.
struct Axis {
  std::string name;
  std::vector<std::string> values;  // what a plain run takes; not empty
  std::vector<std::string> also;    // what --only or --all takes too
};

// What one axis must be: one of some values, or (for runsc sandboxes) a version within a range.
struct AxisPattern {
  std::vector<std::string> values;   // exact
  std::vector<VersionRange> ranges;  // match "runsc-DATE[+platform]" only
  bool matches(const std::string& value) const;
};

// A selection of cells: every named axis must match. Empty selects all.
using Selector = std::map<std::string, AxisPattern>;

// What a command must do for a check to hold. Everything that is set must hold.
struct Holds {
  int exit_code = 0;
  std::optional<std::string> out;  // standard output, exactly
  std::optional<std::string> out_contains;
  std::optional<std::string> out_matches;  // ECMAScript regular expression, found anywhere
  std::optional<std::string> errno_name;   // of a probe: "OK" or an errno name
  std::optional<std::string> value;        // of a probe: what it read or found
  std::optional<std::string> close_errno;  // of a probe that closes: "OK" or an errno name
};

// Something done in the sandbox that must then hold. In the ladder it is a rung, which stands on
// the one before it; outside it is a check of its own: it never stops the cell, and has its own
// expectation.
struct CheckSpec {
  std::string name;
  bool is_rung = true;
  std::vector<std::string> argv;   // with ${variables}; argv[0] "probe" is the probe program
  std::vector<std::string> start;  // a program that stays, started before; empty: none
  Holds holds;
  Selector where;                       // the cells that have it
  std::optional<milliseconds> timeout;  // default: the step limit
  std::optional<milliseconds> within;   // the command is repeated until it holds, that long
};

struct Exclusion {
  Selector where;
  std::string because;  // not empty
};

// What is expected of the selected cells, and why.
struct Expectation {
  Selector where;
  std::vector<std::string> reaches;  // rungs, the typical one first; empty: the top
  std::optional<std::string> check;  // instead of the ladder: this side check is expected to fail
  std::optional<std::string> signature;
  std::string because;  // not empty
};

struct Limits {
  milliseconds cell{60'000};
  milliseconds step{10'000};
  std::uint64_t memory = 0;  // bytes, of all processes of a sandbox together; 0: no limit
};

// One question, as written.
struct Scenario {
  std::string name;
  std::string question;
  std::string image;               // root file system artifact
  std::string network = "none";    // what cells get: "none", or "sandbox": a namespace of their own
  std::vector<std::string> tools;  // programs of images/, as written: "kubernetes-${version}"
  std::vector<Axis> axes;          // "sandbox" and "approach" are always among them
  std::vector<Exclusion> exclusions;
  std::vector<CheckSpec> checks;  // rungs in order, and side checks
  Limits limits;
  std::vector<Expectation> expectations;
  std::map<std::string, std::string> variables;  // for ${name} in commands
  std::string file;                              // as it was given
  std::string digest;                            // sha512 of its text
};

}  // namespace testbed
