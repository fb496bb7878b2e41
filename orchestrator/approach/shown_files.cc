#include "orchestrator/approach/shown_files.h"

#include "orchestrator/approach/settings.h"
#include "orchestrator/base/joined.h"

namespace testbed {
namespace {

constexpr const char* kStaticCgroup = R"(cd /sys/fs/cgroup && mkdir "$@")";

// A bind over /proc/PID/... belongs to that process and stays when it runs another program, so the
// shell prepares itself and becomes what it is told to run. Go's libraries read mounts through
// /proc/thread-self, a link to PID/task/TID; no thread exists yet, so each that may come gets a
// link back to the process. Links are made by one program, since each process costs tens of
// milliseconds. What is mounted later is not in these lists.
constexpr const char* kShownProc = R"(
mounts=$1 groups=$2 types=$3
shift 3
own=/run/testbed-proc-of-$$
mkdir -p $own/task
cat /proc/$$/mountinfo > $own/mountinfo
cat /proc/$$/mounts > $own/mounts
[ -z "$groups" ] || : > $own/cgroup
number=9000
for name in $mounts; do
  number=$((number + 1))
  echo "$number 1 0:$number / /sys/fs/cgroup/$name rw - cgroup cgroup rw,$name" >> $own/mountinfo
  echo "cgroup /sys/fs/cgroup/$name cgroup rw,$name 0 0" >> $own/mounts
done
for name in $groups; do
  number=$((number + 1))
  echo "$number:$name:/" >> $own/cgroup
done
for type in $types; do
  sed -i "s/ - ${type%=*} / - ${type#*=} /" $own/mountinfo
  sed -Ei "s/^([^ ]+ [^ ]+) ${type%=*} /\1 ${type#*=} /" $own/mounts
done
perl -e 'symlink("/proc/$ARGV[0]", "$ARGV[1]/$_") for $ARGV[0] .. $ARGV[0] + 20000' $$ $own/task || exit
for file in mountinfo mounts cgroup task; do
  [ ! -e $own/$file ] || mount --bind $own/$file /proc/$$/$file || exit
done
exec "$@"
)";

}  // namespace

BundlePatch static_cgroup_patch(const ComponentSpec& component) {
  BundlePatch patch;
  // /sys is read-only and gVisor's has no folder there; a runtime makes the mount point.
  patch.mounts = {{.destination = "/sys/fs/cgroup",
                   .type = "tmpfs",
                   .source = "tmpfs",
                   .options = {"mode=755"}}};
  std::vector<std::string> argv = {"sh", "-c", kStaticCgroup, "sh"};
  for (std::string& name :
       split(setting(component, "controllers", "cpu,cpuacct,cpuset,memory"), ','))
    argv.push_back(std::move(name));
  patch.setup = {{.name = "static-cgroup", .argv = std::move(argv)}};
  return patch;
}

BundlePatch shown_proc_patch(const ComponentSpec& component) {
  BundlePatch patch;
  patch.of_program[setting(component, "of", "kubelet")].prefix = {
      "sh",
      "-c",
      kShownProc,
      "sh",
      joined(split(setting(component, "cgroup_mounts", ""), ','), " "),
      joined(split(setting(component, "groups", ""), ','), " "),
      joined(split(setting(component, "types", ""), ','), " ")};
  return patch;
}

}  // namespace testbed
