#include <cerrno>
#include <climits>

#include "emulator/cgroupfs/values.h"

namespace testbed::cgroupfs {
namespace {

Answer<std::string> read_members(const ControlFile&, const Group& group,
                                 const Surroundings& around) {
  std::string out;
  for (const pid_t pid : around.members(group)) out += std::to_string(pid) + "\n";
  return out;
}

// A process cannot run nowhere: cpuset_can_attach() wants processors and memory nodes first.
bool lacks_processors(const Group& group) {
  if (group.controller != "cpuset" || group.parent == nullptr) return false;
  const auto empty = [&](const char* name) {
    const auto found = group.values.find(name);
    return found == group.values.end() || found->second.empty();
  };
  return empty("cpuset.cpus") || empty("cpuset.mems");
}

// __cgroup1_procs_write(): the base is detected, 0 is the writer itself.
int write_members(const ControlFile&, Group& group, std::string_view text,
                  const Surroundings& around) {
  const auto number = parse_integer(stripped(text));
  if (!number || number.value < 0 || number.value > INT_MAX) return EINVAL;
  const auto pid = number.value == 0 ? around.writer : static_cast<pid_t>(number.value);
  if (pid <= 0 || !around.processes.exists(pid)) return ESRCH;
  if (lacks_processors(group)) return ENOSPC;
  around.move(pid, group);
  return 0;
}

int write_text(const ControlFile& file, Group& group, std::string_view text, const Surroundings&) {
  return keep(file, group, std::string(stripped(text)));
}

constexpr ControlFile kFiles[] = {
    {"cgroup.clone_children", 0644, Where::All, "0", write_switch},
    {"cgroup.procs", 0644, Where::All, "", write_members, read_members},
    {"cgroup.sane_behavior", 0444, Where::RootOnly, "0"},
    {"notify_on_release", 0644, Where::All, "0", write_switch},
    {"release_agent", 0644, Where::RootOnly, "", write_text},
    {"tasks", 0644, Where::All, "", write_members, read_members},
};

}  // namespace

Family core_files() { return kFiles; }

}  // namespace testbed::cgroupfs
