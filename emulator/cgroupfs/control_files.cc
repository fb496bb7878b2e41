#include "emulator/cgroupfs/control_files.h"

#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "orchestrator/base/files.h"

namespace testbed::cgroupfs {
namespace {

constexpr std::array kControllers = {"blkio",   "cpu",    "cpuacct", "cpuset", "devices",
                                     "freezer", "memory", "pids",    "systemd"};

// kernfs_fop_write_iter() refuses what is longer than a page.
constexpr std::size_t kLongestCommand = 4096;

// A process that has ended but was not waited for is in no group any more (cgroup_exit()).
bool is_zombie(pid_t pid) {
  const std::string stat = read_part("/proc/" + std::to_string(pid) + "/stat", 0, 512);
  const std::size_t state = stat.rfind(") ");
  return state != std::string::npos && state + 2 < stat.size() &&
         (stat[state + 2] == 'Z' || stat[state + 2] == 'X');
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> all;
  for (const std::string& name : list_directory("/proc")) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size()) all.push_back(pid);
  }
  std::sort(all.begin(), all.end());
  return all;
}

Family family_of(std::string_view controller) {
  if (controller == "cpu") return cpu_files();
  if (controller == "cpuacct") return cpuacct_files();
  if (controller == "cpuset") return cpuset_files();
  if (controller == "memory") return memory_files();
  if (controller == "pids") return pids_files();
  if (controller == "devices") return devices_files();
  if (controller == "freezer") return freezer_files();
  if (controller == "blkio") return blkio_files();
  return {};  // systemd: a named hierarchy without a controller
}

bool is_there(const ControlFile& file, const Group& group) {
  const bool root = group.parent == nullptr;
  return file.where == Where::All || (file.where == Where::RootOnly) == root;
}

}  // namespace

Processes kernel_processes() {
  return {.exists =
              [](pid_t pid) { return (::kill(pid, 0) == 0 || errno != ESRCH) && !is_zombie(pid); },
          .all = all_processes};
}

std::string ControlFile::value_in(const Group& group) const {
  const auto written = group.values.find(name);
  if (written != group.values.end()) return written->second;
  return group.parent == nullptr && at_root ? at_root : fresh;
}

std::span<const char* const> controllers() { return kControllers; }

std::vector<const ControlFile*> files_of(const Group& group) {
  std::vector<const ControlFile*> files;
  for (const Family family : {core_files(), family_of(group.controller)})
    for (const ControlFile& file : family)
      if (is_there(file, group)) files.push_back(&file);
  return files;
}

Answer<std::string> read_file_of(const ControlFile& file, const Group& group,
                                 const Surroundings& around) {
  if ((file.mode & 0444) == 0) return Answer<std::string>::fails(EINVAL);
  if (file.read) return file.read(file, group, around);
  return file.value_in(group) + "\n";
}

int write_file_of(const ControlFile& file, Group& group, std::string_view text,
                  const Surroundings& around) {
  if (text.size() > kLongestCommand) return E2BIG;
  if ((file.mode & 0222) == 0 || !file.write) return EINVAL;
  if (text.empty()) return 0;
  return file.write(file, group, text, around);
}

}  // namespace testbed::cgroupfs
