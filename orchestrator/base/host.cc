#include "orchestrator/base/host.h"

#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <sstream>
#include <thread>

namespace testbed::host {
namespace {

constexpr long kCgroup2Magic = 0x63677270;  // statfs(2)

bool is_cgroup2(const char* path) {
  struct statfs status {};
  return ::statfs(path, &status) == 0 && status.f_type == kCgroup2Magic;
}

std::string cgroup_mode() {
  if (is_cgroup2("/sys/fs/cgroup")) return "v2";
  const bool v1 = ::access("/sys/fs/cgroup/cpu/cgroup.procs", F_OK) == 0;
  const bool unified = is_cgroup2("/sys/fs/cgroup/unified");
  return v1 ? (unified ? "hybrid" : "v1") : "none";
}

std::string cpu_model() {
  std::istringstream lines(read_part("/proc/cpuinfo", 0, 8192));
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::uint64_t capability_set(std::string_view name) {
  const std::string status = read_part("/proc/self/status", 0, 8192);
  const std::size_t at = status.find(name);
  return at == std::string::npos ? 0
                                 : std::strtoull(status.c_str() + at + name.size(), nullptr, 16);
}

}  // namespace

bool holds_capability(unsigned number) {
  return ((capability_set("CapBnd:") & capability_set("CapEff:")) >> number) & 1;
}

std::string lacks_root() { return ::geteuid() == 0 ? "" : "root: run it with sudo"; }

std::string lacks_fuse() {
  return ::access("/dev/fuse", R_OK | W_OK) == 0 ? ""
                                                 : "a usable /dev/fuse: modprobe fuse, as root";
}

std::string lacks_program(std::string_view program, std::string_view debian_package) {
  if (!find_program(program).empty()) return "";
  return std::string(program) + ": apt-get install " + std::string(debian_package);
}

std::string lacks_overlay_mounts() {
  if (auto root = lacks_root(); !root.empty()) return root;
  const std::string known = read_part("/proc/filesystems", 0, 65536);
  return known.find("\toverlay\n") != std::string::npos ? "" : "overlayfs: modprobe overlay";
}

Facts facts() {
  utsname name{};
  ::uname(&name);
  struct sysinfo info {};
  ::sysinfo(&info);
  return {.kernel = name.release,
          .machine = name.machine,
          .cpu = cpu_model(),
          .cpus = std::thread::hardware_concurrency(),
          .memory_bytes = std::uint64_t{info.totalram} * info.mem_unit,
          .cgroup_mode = cgroup_mode(),
          .inside_gvisor = std::string(name.release).find("gvisor") != std::string::npos ||
                           read_part("/proc/version", 0, 256).find("4.4.0 #1 SMP Sun Jan 10") !=
                               std::string::npos};
}

}  // namespace testbed::host
