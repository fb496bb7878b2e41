#pragma once

#include "emulator/cgroupfs/options.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {

// Exactly the options that gVisor knows: any other one is EINVAL there.
std::string mount_data(int device, const Options& options);

// mount(2) of type "fuse", without fusermount: 0 or errno.
int mount_tree(int device, const Options& options);

// Lazily: what still uses the tree does not keep it. 0 or errno.
int unmount_tree(const std::string& mountpoint);

// What to tell, and what to do about it.
Failure device_failure(int error);
Failure mount_failure(const std::string& mountpoint, int error);

}  // namespace testbed
