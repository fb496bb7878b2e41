#pragma once

#include "orchestrator/model/approach.h"
#include "orchestrator/model/bundle_patch.h"

namespace testbed {

// The files under /proc/sys that a kubelet reads at its start, and gVisor lacks.
BundlePatch tunables_patch(const ComponentSpec& component);

// The device that a kubelet watches for the kernel's messages.
BundlePatch kmsg_patch(const ComponentSpec& component);

// The sandbox's cgroup v1 controllers, mounted from inside, each on a folder of its own.
BundlePatch mounted_cgroup_patch(const ComponentSpec& component);

}  // namespace testbed
