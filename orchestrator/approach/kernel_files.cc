#include "orchestrator/approach/kernel_files.h"

namespace testbed {
namespace {

// The values that a kubelet would write (pkg/kubelet/cm/container_manager_linux.go,
// setupKernelTunables): it writes only those that differ, so these are never written. A single file
// that does not exist cannot be bound over, a directory can. Everything that is there already is
// reached through links to a second mount of the same directory, and stays what it is.
// Few processes, since each costs tens of milliseconds in a sandbox.
constexpr const char* kTunables = R"(set -e
own=/run/testbed-tunables
mkdir -p $own/kernel $own/vm $own/original/kernel $own/original/vm
for name in kernel vm; do
  mount --bind /proc/sys/$name $own/original/$name
  ln -s $own/original/$name/* $own/$name/
done
rm -rf $own/vm/overcommit_memory $own/vm/panic_on_oom $own/kernel/panic $own/kernel/panic_on_oops \
  $own/kernel/keys
mkdir $own/kernel/keys
if [ -d $own/original/kernel/keys ]; then ln -s $own/original/kernel/keys/* $own/kernel/keys/; fi
rm -f $own/kernel/keys/root_maxkeys $own/kernel/keys/root_maxbytes
echo 1 > $own/vm/overcommit_memory
echo 0 > $own/vm/panic_on_oom
echo 10 > $own/kernel/panic
echo 1 > $own/kernel/panic_on_oops
echo 1000000 > $own/kernel/keys/root_maxkeys
echo 25000000 > $own/kernel/keys/root_maxbytes
for name in kernel vm; do mount --bind $own/$name /proc/sys/$name; done
)";

// Whatever the version has of what a node uses; a controller that it lacks is no error, since who
// needs it says so. job is gVisor's own.
constexpr const char* kMountedCgroup = R"(set -e
mount -t tmpfs cgroup /sys/fs/cgroup
cd /sys/fs/cgroup
mkdir cpu cpuacct cpuset memory pids devices job
for name in *; do mount -t cgroup -o $name none $name 2>/dev/null || rmdir $name; done
)";

}  // namespace

BundlePatch tunables_patch(const ComponentSpec&) {
  BundlePatch patch;
  patch.setup = {{.name = "tunables", .argv = {"sh", "-c", kTunables}}};
  return patch;
}

BundlePatch kmsg_patch(const ComponentSpec&) {
  BundlePatch patch;
  patch.setup = {
      {.name = "kmsg", .argv = {"sh", "-c", "[ -e /dev/kmsg ] || ln -s /dev/null /dev/kmsg"}}};
  return patch;
}

BundlePatch mounted_cgroup_patch(const ComponentSpec&) {
  BundlePatch patch;
  patch.setup = {{.name = "mounted-cgroup", .argv = {"sh", "-c", kMountedCgroup}}};
  patch.variables = {{"cgroup", "/sys/fs/cgroup"}};
  return patch;
}

}  // namespace testbed
