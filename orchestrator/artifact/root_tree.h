#pragma once

#include "orchestrator/base/files.h"

namespace testbed {

// Makes an unpacked root file system fit for the cache: the empty folders that a bundle mounts on,
// no device nodes, pipes or sockets, and no folder that its owner could not remove.
Result<> tidy_root_filesystem(const fs::path& rootfs);

}  // namespace testbed
