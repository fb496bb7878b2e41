#pragma once

#include <optional>
#include <vector>

#include "emulator/cgroupfs/extra_files.h"
#include "emulator/cgroupfs/options.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {

// Exactly the options that gVisor knows: any other one is EINVAL there.
std::string mount_data(int device, const Options& options);

// What to tell, and what to do about it.
Failure device_failure(int error);
Failure mount_failure(const std::string& mountpoint, int error);

// What serves a directory now, as far as FUSE is concerned.
enum class Occupant {
  None,    // it is no FUSE mount
  Alive,   // its server answers
  Dead,    // its server has ended, the mount is left
  Silent,  // nothing answered within two seconds
};
Occupant occupant_of(const std::string& directory);

// All that this program mounts, and the place where it does.
class Mounts {
 public:
  explicit Mounts(const Options& options) : options_(options) {}

  // Makes sure that nobody else serves there: detaches what a server that was killed has left, and
  // refuses while another one lives. Mounts the tmpfs that separate mounts need, and fills it.
  std::optional<Failure> prepare();
  // mount(2) of type "fuse", without fusermount, on a directory that prepare() knows: that of a
  // root, or the mountpoint itself.
  std::optional<Failure> add(int device, const std::string& directory, const char* source);
  // Lazily, the last one first: what still uses them does not keep them. What is no mount point any
  // more is fine.
  std::optional<Failure> undo();

  // Where the root is mounted.
  std::string directory_of(const RootPlan& root) const;
  // As lines of mountinfo are to show them; what is served has to answer by now.
  std::vector<ShownMount> shown() const;

 private:
  std::optional<Failure> lock();
  std::optional<Failure> evict();
  std::optional<Failure> evict_from(const std::string& place, bool& found_dead);
  std::optional<Failure> make_top();

  const Options& options_;
  UniqueFd lock_{};
  bool adopted_ = false;  // the tmpfs is one that a killed server left
  std::vector<std::string> mounted_{};
};

}  // namespace testbed
