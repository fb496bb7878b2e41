#include "orchestrator/bundle/oci_config.h"

namespace testbed {
namespace {

json::array texts(const std::vector<std::string>& values) {
  json::array array;
  for (const std::string& value : values) array.emplace_back(value);
  return array;
}

std::vector<OciMount> common_mounts(const BundleSpec& spec) {
  return {{"/proc", "proc", "proc", {}},
          {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
          {"/dev/pts",
           "devpts",
           "devpts",
           {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
          {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
          {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
          {"/tmp", "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=1777"}},
          {kInsidePrograms, "bind", spec.programs, {"bind", "ro"}},
          {kInsideJournals, "bind", spec.journals, {"bind", "rw"}}};
}

json::array mounts_of(const BundleSpec& spec) {
  std::vector<OciMount> mounts = common_mounts(spec);
  if (spec.patch.needs_cgroup_mount) {
    mounts.push_back({"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "rw"}});
  }
  for (const auto& [name, directory] : spec.tools)
    mounts.push_back({kInsideTools + ("/" + name), "bind", directory, {"bind", "ro"}});
  mounts.insert(mounts.end(), spec.patch.mounts.begin(), spec.patch.mounts.end());
  json::array array;
  for (const OciMount& mount : mounts) {
    array.push_back(json::object{{"destination", mount.destination},
                                 {"type", mount.type},
                                 {"source", mount.source},
                                 {"options", texts(mount.options)}});
  }
  return array;
}

std::string path_of(const BundleSpec& spec) {
  std::string path = kInsidePrograms;
  for (const auto& tool : spec.tools) path += std::string(":") + kInsideTools + "/" + tool.first;
  return path + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

json::object process_of(const BundleSpec& spec) {
  std::vector<std::string> environment = {"PATH=" + path_of(spec), "HOME=/root", "LANG=C.UTF-8",
                                          "LC_ALL=C.UTF-8"};
  for (const auto& [name, value] : spec.patch.environment)
    environment.push_back(name + "=" + value);
  json::object capabilities;
  for (const char* set : {"bounding", "effective", "permitted"}) {
    capabilities[set] = texts(spec.capabilities);
  }
  return {{"terminal", false},
          {"user", json::object{{"uid", 0}, {"gid", 0}}},
          {"args", texts({std::string(kInsidePrograms) + "/agent"})},
          {"env", texts(environment)},
          {"cwd", "/"},
          {"capabilities", capabilities},
          {"noNewPrivileges", false}};
}

json::object linux_of(const BundleSpec& spec) {
  json::array namespaces;
  for (const char* type : {"pid", "network", "ipc", "uts", "mount"}) {
    namespaces.push_back(json::object{{"type", type}});
    if (type == std::string_view("network") && !spec.network_namespace.empty())
      namespaces.back().as_object()["path"] = spec.network_namespace;
  }
  json::object resources = {
      {"devices", json::array{json::object{{"allow", true}, {"access", "rwm"}}}}};
  if (spec.memory_limit > 0) resources["memory"] = json::object{{"limit", spec.memory_limit}};
  json::object section = {{"namespaces", namespaces}, {"resources", resources}};
  if (!spec.cgroups_path.empty()) section["cgroupsPath"] = spec.cgroups_path;
  if (spec.patch.needs_fuse) {  // runsc makes the node by itself, runc only when asked
    section["devices"] = json::array{json::object{{"path", "/dev/fuse"},
                                                  {"type", "c"},
                                                  {"major", 10},
                                                  {"minor", 229},
                                                  {"fileMode", 0666},
                                                  {"uid", 0},
                                                  {"gid", 0}}};
  }
  return section;
}

}  // namespace

std::vector<std::string> all_capabilities() {
  return {"CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ"};
}

json::object oci_config(const BundleSpec& spec) {
  return {{"ociVersion", "1.0.2"},
          {"process", process_of(spec)},
          {"root", json::object{{"path", spec.rootfs}, {"readonly", false}}},
          {"hostname", spec.hostname},
          {"mounts", mounts_of(spec)},
          {"linux", linux_of(spec)}};
}

}  // namespace testbed
