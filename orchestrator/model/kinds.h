#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace testbed {

// What may be written where a file names a component or a source: the loader checks with these
// tables, `testbed schema` prints them, and the modules that carry them out have one row for each
// name.
struct SettingKind {
  enum class Type { Text, Flag, List, Lines, Path };
  std::string_view name;
  Type type = Type::Text;
  bool required = false;
  std::string_view help;
  std::vector<std::string> choices{};  // of a text: only these
};

struct NamedKind {
  std::string_view name;
  std::string_view help;
  std::vector<SettingKind> settings;

  const SettingKind* find(std::string_view setting) const {
    const auto found = std::find_if(settings.begin(), settings.end(),
                                    [&](const SettingKind& kind) { return kind.name == setting; });
    return found == settings.end() ? nullptr : &*found;
  }
};

// Settings reach their component as text: a flag as "true" or "false", a list joined by commas,
// lines joined by line feeds.
inline const std::vector<NamedKind>& component_kinds() {
  using Type = SettingKind::Type;
  static const std::vector<NamedKind> kKinds = {
      {"cgroupfs",
       "a FUSE file system inside the sandbox that looks like cgroup v1, v2 or both",
       {{"mount", Type::Path, false,
         "where it is mounted [/tmp/fuse-cgroup]; ${cgroup} in commands"},
        {"layout", Type::Text, false, "v1, v2 or hybrid [v1]"},
        {"mounts", Type::Text, false,
         "single: one FUSE mount; separate: one for each hierarchy, as on a host [single]"},
        {"controllers", Type::List, false, "the only controllers it has [all]"},
        {"comount", Type::List, false, "controllers of v1 that share a hierarchy"},
        {"extra", Type::Path, false,
         "where it serves proc/PID/cgroup, proc/cgroups, mountinfo and mounts; ${extra} in "
         "commands"},
        {"shown_at", Type::Path, false, "what mountinfo and mounts call its mount [where it is]"},
        {"journal", Type::Flag, false, "write down every request [true]"},
        {"handlers", Type::List, false, "the only handlers it registers [all]"},
        {"without", Type::List, false, "handlers it leaves out"},
        {"default_permissions", Type::Flag, false,
         "mount option: the kernel checks permissions itself"},
        {"allow_other", Type::Flag, false, "mount option: other users may enter"}}},
      {"cni",
       "a CNI plugin and its configuration for the container runtimes of the sandbox",
       {{"mode", Type::Text, false, "routed, bridge, fake, loopback [routed]"},
        {"type", Type::Text, false, "another plugin that the image has: bridge, ptp [cni]"},
        {"chain", Type::List, false, "plugins that come after it: portmap"},
        {"subnets", Type::List, false, "one IPv4, one IPv6 [10.42.0.0/24]"},
        {"network", Type::Text, false, "the network's name [pods]"},
        {"cni_version", Type::Text, false, "of the configuration [1.0.0]"},
        {"bin_dir", Type::Path, false,
         "where plugins are [/opt/cni/bin; with type: /usr/lib/cni]; ${cni_bin} in commands"},
        {"conf_dir", Type::Path, false,
         "where configurations are [/etc/cni/net.d]; ${cni_conf} in commands"},
        {"masquerade", Type::Flag, false, "packets to beyond the network get an own address"},
        {"default_gateway", Type::Flag, false, "of a bridge: it is the pods' default route"},
        {"hairpin", Type::Flag, false, "a pod reaches itself by a service address"}}},
      {"supervisor",
       "every command runs under a program that intercepts its system calls",
       {{"rules", Type::Lines, true, "what it changes, one rule each: redirect /a -> /b"},
        {"mode",
         Type::Text,
         false,
         "selective: stops at the calls that a rule concerns; trace-all: at every call; legacy: "
         "the "
         "tracer that waits for one process; legacy-resume-twice: with its second mistake "
         "[selective]",
         {"selective", "trace-all", "legacy", "legacy-resume-twice"}},
        {"only", Type::List, false, "programs, by the first word of a command [every command]"},
        {"journal", Type::Flag, false, "write down every call that a rule concerned [true]"}}},
      {"preload",
       "every command runs with a library in LD_PRELOAD that redirects paths",
       {{"rules", Type::Lines, true, "as of the supervisor: redirect and statfs"},
        {"only", Type::List, false, "programs, by the first word of a command [every command]"}}},
      {"native-cgroup",
       "the sandbox's own cgroup mount on /sys/fs/cgroup; ${cgroup} in commands",
       {}},
      {"mounted-cgroup",
       "the sandbox's cgroup v1 controllers, mounted on /sys/fs/cgroup from inside",
       {}},
      {"tunables",
       "the kernel tunables that a kubelet wants, in directories bound over /proc/sys/kernel and "
       "/proc/sys/vm; what else is there stays",
       {}},
      {"kmsg", "/dev/kmsg as a link to /dev/null", {}},
      {"arguments",
       "further arguments for one program",
       {{"of", Type::Text, false, "the program, by the first word of a command [kubelet]"},
        {"add", Type::Lines, true, "the arguments"}}},
      {"environment",
       "variables in the environment of everything in the sandbox",
       {{"set", Type::Lines, true, "NAME=VALUE, one each"}}},
      {"instead",
       "another program in the place of one",
       {{"of", Type::Text, false, "the program, by the first word of a command [kubelet]"},
        {"run", Type::Text, true, "what is run with its arguments"}}},
      {"hidden-controllers",
       "the /proc/self/cgroup of one program lacks controllers, so that it does not read them",
       {{"of", Type::Text, false, "the program, by the first word of a command [kubelet]"},
        {"controllers", Type::List, false, "which [cpuacct]"}}},
      {"controller-files",
       "one program alone sees cpuacct.usage_percpu, which gVisor lacks, amid the files it has",
       {{"of", Type::Text, false, "the program, by the first word of a command [kubelet]"}}},
      {"runc",
       "runc behind a script that changes what a container runtime tells it",
       {{"without_namespaces", Type::List, false,
         "containers share these with the node: pid, ipc, uts, cgroup [none]"},
        {"without_mounts", Type::List, false, "types of mounts that containers do without [none]"},
        {"joins_groups", Type::Flag, false,
         "writes a container's first process into its cgroups, which cgroupfs needs [false]"},
        {"run", Type::Text, false, "what the script runs: crun --cgroup-manager=disabled [runc]"}}},
      {"static-cgroup",
       "empty folders on a tmpfs on /sys/fs/cgroup, named after controllers; no cgroups at all",
       {{"controllers", Type::List, false, "their names [cpu, cpuacct, cpuset, memory]"}}},
      {"shown-proc",
       "the mounts and groups that one program reads of itself in /proc are plain files",
       {{"of", Type::Text, false, "the program, by the first word of a command [kubelet]"},
        {"cgroup_mounts", Type::List, false, "further mounts of type cgroup, by controller [none]"},
        {"groups", Type::List, false, "controllers in /proc/self/cgroup [what is there]"},
        {"types", Type::List, false, "types of file systems that it takes for others: 9p=ext4"}}},
      {"kubelet-root", "/var/lib/kubelet as a tmpfs that is shared already", {}},
  };
  return kKinds;
}

inline const std::vector<NamedKind>& source_kinds() {
  using Type = SettingKind::Type;
  static const std::vector<NamedKind> kKinds = {
      {"go-module",
       "a Go program built from its module",
       {{"package", Type::Text, true, "import path of the main package"},
        {"version", Type::Text, true, "module version"},
        {"toolchain", Type::Text, true, "GOTOOLCHAIN that builds it: go1.22.12"}}},
      {"go-build",
       "Go programs built from a folder beside the artifact's file",
       {{"folder", Type::Text, true, "its path from there; go.mod and go.sum pin every module"},
        {"packages", Type::List, false, "main packages, each a program named like it [.]"},
        {"toolchain", Type::Text, true, "GOTOOLCHAIN that builds them: go1.26.8"},
        {"tags", Type::List, false, "build tags"},
        {"ldflags", Type::Text, false, "for the linker, besides -s -w"},
        {"modfile", Type::Text, false, "instead of go.mod"},
        {"links", Type::List, false, "further names of a program that acts by its name"}}},
      {"files",
       "the files of a folder beside the artifact's file, as they are",
       {{"folder", Type::Text, true, "its path from there"}}},
      {"release",
       "a published file",
       {{"url", Type::Text, true, "https:// address"},
        {"sha512", Type::Text, true, "its digest, or the address of the published checksum file"},
        {"file", Type::Text, false,
         "the name it gets [last part of the address]; a .tar.gz is unpacked"}}},
      {"debian",
       "files of a Debian package",
       {{"package", Type::Text, true, "package name"},
        {"version", Type::Text, true, "package version; * at its end stands for any rest"},
        {"file", Type::Text, true, "the program's path inside the package"}}},
      {"path",
       "a file or directory of this machine",
       {{"path", Type::Path, true, "absolute path"}}},
      {"mmdebstrap",
       "a Debian root file system made from packages",
       {{"suite", Type::Text, true, "bookworm"},
        {"packages", Type::List, true, "beyond the essential ones"},
        {"mirror", Type::Text, false, "[the machine's own sources]"}}},
      {"oci-image",
       "a root file system from an OCI image",
       {{"reference", Type::Text, true,
         "as skopeo names it: docker://docker.io/library/debian:bookworm"}}},
      {"host-root", "the root of this machine, never written to", {}},
  };
  return kKinds;
}

// What a cause may ask of the threads of a command that hung; found by judge/standstill.cc.
inline const std::vector<std::string>& standstill_kinds() {
  static const std::vector<std::string> kKinds = {
      "tracer-waits-for-one",  // stopped, and the tracer waits for another process alone
      "tracer-idle",           // stopped, and the tracer does something else
      "tracer-elsewhere",      // stopped, and the tracer is not of this command
  };
  return kKinds;
}

inline const NamedKind* find_kind(const std::vector<NamedKind>& kinds, std::string_view name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const NamedKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace testbed
