#pragma once

#include <map>
#include <set>

#include "orchestrator/model/run.h"

namespace testbed {

// What is red in recorded runs, put together where it is the same trouble: by the signature of its
// cause, and where no rule knows the cause also by what was seen, with its numbers taken out.
struct Cluster {
  std::string signature;
  std::string seen;                     // an example of it
  int cells = 0;                        // red cells and side checks, over all runs
  std::set<std::string> runs;           // ids; they sort by time
  std::set<std::string> places;         // "fuse-cgroup-bare on runsc-20240722"
  std::map<std::string, int> checks{};  // how often each rung or side check broke on it
};

class Clusters {
 public:
  void add(const Run& run);
  // The largest first.
  std::vector<Cluster> largest_first() const;

 private:
  void add(const Run& run, const PlannedCell& cell, const Cause& cause, const std::string& check,
           const std::string& seen);

  std::map<std::string, Cluster> by_key_;
};

}  // namespace testbed
