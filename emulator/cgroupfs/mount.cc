#include "emulator/cgroupfs/mount.h"

#include <sys/mount.h>

#include <cerrno>

#include "orchestrator/base/errno_name.h"

namespace testbed {

std::string mount_data(int device, const Options& options) {
  std::string data = "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";
  if (options.default_permissions) data += ",default_permissions";
  if (options.allow_other) data += ",allow_other";
  return data;
}

int mount_tree(int device, const Options& options) {
  const std::string data = mount_data(device, options);
  const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  // The source is that of a real mount; gVisor shows "none".
  const char* source = options.layout->unified ? "cgroup2" : "cgroup";
  const int result = ::mount(source, options.mountpoint.c_str(), "fuse", flags, data.c_str());
  return result == 0 ? 0 : errno;
}

int unmount_tree(const std::string& mountpoint) {
  return ::umount2(mountpoint.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0 ? 0 : errno;
}

Failure device_failure(int error) {
  const std::string what = "cannot open /dev/fuse: " + errno_text(error);
  if (error == EACCES || error == EPERM) {
    return {kExitNotPermitted, what + "; run as root"};
  }
  return {kExitUnavailable,
          what +
              "; load the module (modprobe fuse), or pass the device into the container; "
              "runsc before 20221212 needs --fuse"};
}

Failure mount_failure(const std::string& mountpoint, int error) {
  const std::string what = "cannot mount on " + mountpoint + ": " + errno_text(error);
  if (error == EPERM || error == EACCES) {
    return {kExitNotPermitted, what + "; run as root or with CAP_SYS_ADMIN in the mount namespace"};
  }
  if (error == ENOENT) return {kExitBadValue, what + "; make it first or give --make-dir"};
  if (error == ENOTDIR) return {kExitBadValue, what + "; it has to be a directory"};
  if (error == ENODEV) {
    return {kExitUnavailable, what + "; this kernel has no FUSE file system"};
  }
  return {kExitInternal, what};
}

}  // namespace testbed
