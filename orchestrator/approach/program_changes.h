#pragma once

#include "orchestrator/model/approach.h"
#include "orchestrator/model/bundle_patch.h"

namespace testbed {

// Components that concern one program of the workload (setting `of`, a kubelet where it is left
// out) and leave all others alone.

// Further arguments behind its own.
BundlePatch arguments_patch(const ComponentSpec& component);

// Variables in the environment of everything in the sandbox.
BundlePatch environment_patch(const ComponentSpec& component);

// Another program in its place.
BundlePatch instead_patch(const ComponentSpec& component);

// Its /proc/self/cgroup lacks controllers, so that it does not look for their files.
BundlePatch hidden_controllers_patch(const ComponentSpec& component);

// It alone sees a directory of the controller cpuacct in which the file is there that gVisor lacks.
BundlePatch controller_files_patch(const ComponentSpec& component);

// The directory of a kubelet is a mount point of its own that is shared already, which a kubelet
// would do by a call that gVisor refused before 20231009.
BundlePatch kubelet_root_patch(const ComponentSpec& component);

// A script in the place of runc that changes what it is told, or does what it leaves out.
BundlePatch runc_patch(const ComponentSpec& component);

}  // namespace testbed
