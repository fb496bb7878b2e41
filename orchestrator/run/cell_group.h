#pragma once

#include <optional>

#include "orchestrator/base/files.h"
#include "orchestrator/model/evidence.h"

namespace testbed {

// The host's cgroup of one sandbox, with all of its processes: for gVisor its kernel too. What they
// use is read there, and one memory limit holds for them together. In the hierarchies memory and
// cpuacct of v1, else in v2's.
class CellGroup {
 public:
  inline static const fs::path kHierarchies = "/sys/fs/cgroup";

  // A new group, which `undo` takes away again. `path` is relative to each hierarchy, the limit in
  // bytes, 0 for none. An error where the machine has no such cgroups or does not let us.
  static Result<CellGroup> make(const std::string& path, std::uint64_t memory_limit,
                                const fs::path& hierarchies = kHierarchies);
  // One that a runtime makes and takes away.
  static CellGroup of_runtime(const std::string& path, const fs::path& hierarchies = kHierarchies);

  // A process that writes 0 into each of these files has come in. None of a runtime's group, which
  // puts its processes in by itself.
  std::vector<fs::path> entrances() const;

  // Since the group was made; none while there is no group.
  std::optional<GroupUse> use() const;

  // Nothing to a runtime's. Only once it is empty; an error is no reason to go on waiting: the
  // run's area removes what it finds of its groups.
  Result<> undo() const;

 private:
  explicit CellGroup(const std::string& path, const fs::path& hierarchies);
  bool is_ours_ = false;
  bool is_v2_ = false;
  fs::path memory_, processor_;  // equal in v2
};

}  // namespace testbed
