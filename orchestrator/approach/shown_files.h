#pragma once

#include "orchestrator/model/approach.h"
#include "orchestrator/model/bundle_patch.h"

namespace testbed {

// Plain files in the place of what a kernel would show; neither FUSE nor a tracer.

// Folders on a tmpfs named after the controllers of cgroup v1, with nothing in them.
BundlePatch static_cgroup_patch(const ComponentSpec& component);

// The lists of mounts and groups in /proc that one program reads of itself.
BundlePatch shown_proc_patch(const ComponentSpec& component);

}  // namespace testbed
