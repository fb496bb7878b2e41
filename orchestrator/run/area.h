#pragma once

#include <optional>

#include "orchestrator/base/scoped_mount.h"

namespace testbed {

// Where the mounts, sockets and layers of a run lie while it lives: a tmpfs named after the run,
// and beside it a lock file that tells a living run from a dead one. Everything a run makes on this
// machine can be found by that name, so what a killed testbed left behind is undone by the next
// start.
class RunArea {
 public:
  // Below root_of_areas(). The tmpfs is as large as half of the memory, and takes only what is
  // used.
  static Result<RunArea> make(const std::string& run_id);

  fs::path directory() const;
  // The control's group, relative to each hierarchy; no parent of its own would outlive the run.
  static std::string cgroup_of(const std::string& run_id) { return "/testbed-" + run_id; }
  // Ends what still runs and takes everything away; says what could not be undone.
  Result<> undo();

  RunArea(RunArea&&) = default;
  ~RunArea();

 private:
  RunArea(std::string run_id, UniqueFd lock, std::optional<ScopedMount> mount)
      : run_id_(std::move(run_id)), lock_(std::move(lock)), mount_(std::move(mount)) {}
  std::string run_id_;
  UniqueFd lock_;
  std::optional<ScopedMount> mount_;  // none without root
};

// $TESTBED_RUN_DIR; else /run/testbed, or without root a directory of the user's own below /tmp.
fs::path root_of_areas();

// The variable that everything a run starts inherits, so that its processes can be told from
// others.
inline constexpr const char* kRunVariable = "TESTBED_RUN";

// Undoes what dead runs left: processes, groups, mounts, directories. Returns the runs it cleaned
// up after.
std::vector<std::string> clean_up_after_dead_runs();

// What is still there of one cell or run: processes that name `path` or carry the run's variable,
// and mounts below it.
std::vector<std::string> find_leftovers(const fs::path& path);

}  // namespace testbed
