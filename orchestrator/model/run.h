#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/model/artifact.h"
#include "orchestrator/model/outcome.h"
#include "orchestrator/model/scenario.h"
#include "orchestrator/model/second_pass.h"

namespace testbed {

// Where the results come from: enough to tell whether two runs compare.
struct Provenance {
  std::string testbed_version, build;
  std::map<std::string, std::string> digests;  // scenario, approaches, emulators: name -> sha512
  std::string kernel, machine, cpu, cgroup_mode;
  unsigned cpus = 0;
  std::uint64_t memory_bytes = 0;
};

struct PlannedCell {
  std::string id;
  std::map<std::string, std::string> coordinates;
  std::vector<std::string> rungs;   // lowest first
  std::vector<std::string> checks;  // side checks
  std::string excluded_because;
};

// A part of a matrix that was run on its own: one of `count`, from 1 on; 0 of 0 is the whole.
struct Shard {
  int index = 0, count = 0;
};

// One invocation and what it came to. Every planned cell is in it.
struct Run {
  std::string id;
  std::string scenario;
  std::string question;
  std::vector<Axis> axes;  // names and values in the order of the matrix
  Provenance provenance;
  std::string started;   // RFC 3339, UTC
  std::string finished;  // empty: no footer
  bool complete = false;
  int exit_code = -1;
  std::string directory;
  std::vector<PlannedCell> planned;
  Shard shard;
  std::vector<PlannedCell> whole;  // of a shard: the cells of all, in the order of the matrix
  std::map<std::string, CellResult> results;  // by cell id
  SecondPasses second_passes;
  std::map<std::string, ObtainedArtifact> artifacts;  // by "name-label"
  std::vector<std::string> missing;                   // what of the record could not be read

  const CellResult* find(const std::string& cell) const {
    const auto found = results.find(cell);
    return found == results.end() ? nullptr : &found->second;
  }
};

}  // namespace testbed
