#include "orchestrator/approach/program_changes.h"

#include "orchestrator/approach/settings.h"
#include "orchestrator/base/joined.h"

namespace testbed {
namespace {

// A bind over /proc/PID/cgroup belongs to that process and stays when it runs another program, so
// the shell prepares itself and becomes what it is told to run. Lines are `5:cpuacct:/`.
constexpr const char* kHiddenControllers = R"(
file=/run/testbed-cgroup-of-$$
grep -Ev "^[0-9]+:($1):" /proc/self/cgroup > $file
mount --bind $file /proc/$$/cgroup || exit
shift
exec "$@"
)";

// libcontainer takes a file for one of cgroups by the file system that holds it, and a bound file
// stays in its own: so the directory may be any, if each file is bound. usage_percpu has the same
// form as usage where there is one number. In a mount namespace of its own, since a runtime would
// not find the groups that it makes; private there, so that nobody else gets the mount.
constexpr const char* kControllerFiles = R"(
shown=/sys/fs/cgroup/cpuacct
real=/run/testbed-cpuacct
mkdir -p $real
mount --bind $shown $real && mount --make-private $shown && mount -t tmpfs shown $shown || exit
for file in cpuacct.stat cpuacct.usage cpuacct.usage_user cpuacct.usage_sys cgroup.procs tasks; do
  [ -e $real/$file ] || continue
  : > $shown/$file
  mount --bind $real/$file $shown/$file || exit
done
: > $shown/cpuacct.usage_percpu
mount --bind $real/cpuacct.usage $shown/cpuacct.usage_percpu || exit
umount --lazy $real
exec "$@"
)";

constexpr const char* kKubeletRoot = R"(set -e
mkdir -p /var/lib/kubelet
mount -t tmpfs kubelet /var/lib/kubelet
mount --make-shared /var/lib/kubelet
)";

// Stands before the runtime in PATH. What containerd writes is JSON without spaces; a namespace
// that has a path is another container's and stays. The first process of a container is made with
// CLONE_PARENT by a process that was put into its groups: it is a member for a kernel, which sees
// the clone, and for a file system only when it is told. Version 2 has one hierarchy, and its group
// is not there yet if the runtime manages none.
constexpr const char* kRunc = R"sh(set -e
real=${3:-$(command -v runc)}
cat > /usr/local/sbin/runc <<END
#!/bin/sh
for word; do
  case "\$previous" in --bundle) bundle=\$word ;; --pid-file) pid_file=\$word ;; esac
  previous=\$word
done
[ -n "\$bundle" ] || exec $real "\$@"
[ -z "$1" ] || sed -Ei 's/\{"type":"($1)"\},//g' "\$bundle/config.json"
[ -z "$4" ] || sed -Ei 's/\{"destination":"[^"]*","type":"($4)",[^}]*\},//g' "\$bundle/config.json"
[ "$2" = true ] || exec $real "\$@"
$real "\$@" || exit
group=\$(sed -En 's/.*"cgroupsPath":"([^"]*)".*/\1/p' "\$bundle/config.json")
hierarchies=/sys/fs/cgroup
[ -e \$hierarchies/cgroup.controllers ] || hierarchies=/sys/fs/cgroup/*
for hierarchy in \$hierarchies; do
  [ -d "\$hierarchy\$group" ] || mkdir "\$hierarchy\$group"
  cat "\$pid_file" > "\$hierarchy\$group/cgroup.procs"
done
END
chmod +x /usr/local/sbin/runc
)sh";

std::string target(const ComponentSpec& component) { return setting(component, "of", "kubelet"); }

}  // namespace

BundlePatch arguments_patch(const ComponentSpec& component) {
  BundlePatch patch;
  patch.of_program[target(component)].arguments = split(setting(component, "add", ""), '\n');
  return patch;
}

BundlePatch environment_patch(const ComponentSpec& component) {
  BundlePatch patch;
  for (const std::string& line : split(setting(component, "set", ""), '\n')) {
    const std::size_t equals = line.find('=');
    patch.environment[line.substr(0, equals)] =
        equals == std::string::npos ? "" : line.substr(equals + 1);
  }
  return patch;
}

BundlePatch instead_patch(const ComponentSpec& component) {
  BundlePatch patch;
  patch.of_program[target(component)].instead = setting(component, "run", "");
  return patch;
}

BundlePatch hidden_controllers_patch(const ComponentSpec& component) {
  BundlePatch patch;
  patch.of_program[target(component)].prefix = {
      "sh", "-c", kHiddenControllers, "sh",
      joined(split(setting(component, "controllers", "cpuacct"), ','), "|")};
  return patch;
}

BundlePatch controller_files_patch(const ComponentSpec& component) {
  BundlePatch patch;
  // util-linux makes everything private, recursively, unless told not to.
  patch.of_program[target(component)].prefix = {"unshare", "--mount", "--propagation",  "unchanged",
                                                "sh",      "-c",      kControllerFiles, "sh"};
  return patch;
}

BundlePatch kubelet_root_patch(const ComponentSpec&) {
  BundlePatch patch;
  patch.setup = {{.name = "kubelet-root", .argv = {"sh", "-c", kKubeletRoot}}};
  return patch;
}

BundlePatch runc_patch(const ComponentSpec& component) {
  BundlePatch patch;
  patch.setup = {
      {.name = "runc",
       .argv = {"sh", "-c", kRunc, "sh",
                joined(split(setting(component, "without_namespaces", ""), ','), "|"),
                setting(component, "joins_groups", "false"), setting(component, "run", ""),
                joined(split(setting(component, "without_mounts", ""), ','), "|")}}};
  return patch;
}

}  // namespace testbed
