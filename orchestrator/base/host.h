#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/files.h"

namespace testbed::host {

// Each says in words what is missing, and how to get it; empty when this machine can.
std::string lacks_root();
std::string lacks_fuse();
std::string lacks_program(std::string_view program, std::string_view debian_package);
std::string lacks_overlay_mounts();  // root, and a kernel with overlayfs

// Numbers of the capabilities this process may hand on (capabilities(7), the bounding and the
// effective set).
bool holds_capability(unsigned number);

struct Facts {
  std::string kernel;   // uname -r
  std::string machine;  // uname -m
  std::string cpu;      // model name
  unsigned cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::string cgroup_mode;  // "v1", "v2", "hybrid", "none"
  bool inside_gvisor = false;
};
Facts facts();

}  // namespace testbed::host
