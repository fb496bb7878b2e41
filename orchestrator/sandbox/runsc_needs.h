#pragma once

#include <string>
#include <vector>

#include "orchestrator/model/version_range.h"

namespace testbed {

// What a cell asks of a runsc.
struct RunscWish {
  std::string version;   // YYYYMMDD
  std::string platform;  // empty: the version's default
  std::string network = "none";
  bool fuse = false;
  bool cgroup_mount = false;
};

// What follows from it.
struct RunscNeeds {
  std::vector<std::string> flags;  // "--fuse"; each is passed only if the binary lists it
  bool hides_proc_sys_net =
      false;  // start it in a private mount namespace with a tmpfs over /proc/sys/net
};

RunscNeeds needs_of(const RunscWish& wish);

}  // namespace testbed
