#pragma once

#include "orchestrator/model/approach.h"
#include "orchestrator/model/bundle_patch.h"

namespace testbed {

// The FUSE cgroup file system of emulator/cgroupfs, run inside the sandbox.
BundlePatch cgroupfs_patch(const ComponentSpec& component);

}  // namespace testbed
