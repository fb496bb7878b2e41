#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// One thing that was found, and everywhere it was found.
struct Finding {
  struct Place {
    std::string cell;
    std::string row;      // row_label_of
    std::string sandbox;  // column
    std::string check;    // a side check; empty: the ladder
    Verdict verdict = Verdict::None;
  };
  std::string title;    // the signature of its cause; without one the reason
  std::string summary;  // may be empty, as the remedy
  std::string remedy;
  std::vector<Place> places;
};

// Why ladders were not climbed, one entry for each distinct cause, in the order of the cells. Also
// those that were although expected not to.
std::vector<Finding> ladder_findings(const Run& run);

// The same for the side checks.
std::vector<Finding> side_check_findings(const Run& run);

// Skipped cells by their reason.
std::vector<Finding> skips(const Run& run);

// "fuse-cgroup-bare on runsc-20240722, runsc-20260714: xfail", one line for each row and verdict.
std::vector<std::string> place_lines(const Finding& finding);

}  // namespace testbed
