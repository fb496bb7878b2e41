#pragma once

#include "orchestrator/model/approach.h"
#include "orchestrator/model/bundle_patch.h"

namespace testbed {

// The supervisor of emulator/supervisor, or its legacy form, in front of every command: a process
// that is not its descendant would carry no filter.
BundlePatch supervisor_patch(const ComponentSpec& component);

// The launcher of emulator/supervisor/preload in front of every command.
BundlePatch preload_patch(const ComponentSpec& component);

}  // namespace testbed
