#include "emulator/cgroupfs/control_files.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

void prepare_nothing(Group&) {}
int anybody_may_attach(const Group&) { return 0; }

}  // namespace

std::span<const Controller> controllers() {
  static const std::array<Controller, 9> kControllers{{
      {"blkio", blkio_files(), prepare_nothing, anybody_may_attach},
      {"cpu", cpu_files(), prepare_cpu, anybody_may_attach},
      {"cpuacct", cpuacct_files(), prepare_nothing, anybody_may_attach},
      {"cpuset", cpuset_files(), prepare_cpuset, cpuset_may_attach},
      {"devices", devices_files(), prepare_devices, anybody_may_attach},
      {"freezer", freezer_files(), prepare_nothing, anybody_may_attach},
      {"memory", memory_files(), prepare_nothing, anybody_may_attach},
      {"pids", pids_files(), prepare_nothing, anybody_may_attach},
      {"systemd", {}, prepare_nothing, anybody_may_attach},  // a named hierarchy: no controller
  }};
  return kControllers;
}

bool has_file(const Group& group, const ControlFile& file) {
  return file.where == Where::Everywhere ||
         (file.where == Where::Root) == (group.parent == nullptr);
}

const ControlFile* find_file(const Group& group, std::string_view name) {
  for (const auto files : {core_files(), group.controller.files}) {
    for (const ControlFile& file : files) {
      if (file.name == name && has_file(group, file)) return &file;
    }
  }
  return nullptr;
}

std::string value_of(const Group& group, std::string_view file) {
  if (const auto at = group.values.find(file); at != group.values.end()) return at->second;
  const ControlFile* row = find_file(group, file);
  return row ? std::string(row->initial) : "";
}

long long number_of(const Group& group, std::string_view file) {
  return std::atoll(value_of(group, file).c_str());
}

std::vector<pid_t> live_members(Group& group, const Processes& processes) {
  // Nobody tells us when a process ends: the dead are dropped when somebody looks.
  std::erase_if(group.members, [&](pid_t pid) { return !processes.leader_of(pid); });
  return {group.members.begin(), group.members.end()};
}

Reply<std::string> read_value(const Access& access) {
  return value_of(access.group, access.file.name) + "\n";
}

Reply<std::string> read_text(const Access& access) {
  return value_of(access.group, access.file.name);
}

int write_ignored(const Access&, std::string_view) { return 0; }

int write_flag(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  return number ? store(access, *number != 0 ? "1" : "0") : number.error();
}

int store(const Access& access, std::string value) {
  access.group.values[std::string(access.file.name)] = std::move(value);
  return 0;
}

unsigned cpu_count() { return static_cast<unsigned>(std::max(1, ::get_nprocs_conf())); }

}  // namespace testbed
