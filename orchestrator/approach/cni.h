#pragma once

#include "orchestrator/model/approach.h"
#include "orchestrator/model/bundle_patch.h"

namespace testbed {

// A CNI plugin for the workloads of the sandbox: ours (emulator/cni) or one that the root file
// system has. Writes the configuration where a runtime looks for it.
BundlePatch cni_patch(const ComponentSpec& component);

}  // namespace testbed
