// What /proc tells about cgroups.
#include <cerrno>

#include "emulator/cgroupfs/hierarchy.h"

namespace testbed {
namespace {

std::string group_path(const Group& group) {
  if (is_root(group)) return "/";
  const std::string above = group_path(*group.parent);
  return (above == "/" ? above : above + "/") + group.name;
}

std::size_t count_groups(const Group& group) {
  std::size_t count = 1;
  for (const auto& [name, child] : group.children) count += count_groups(*child);
  return count;
}

}  // namespace

std::string hierarchy_options(const std::set<const Controller*>& controllers) {
  std::string text;
  for (const Controller* controller : controllers) {
    if (!text.empty()) text += ",";
    text += (controller->name == "systemd" ? "name=" : "") + std::string(controller->name);
  }
  return text;
}

// The ids are those of the order in which the hierarchies were made; v2's is 0.
Reply<std::string> Hierarchy::proc_cgroup(pid_t id) {
  machine_.begin_request();
  machine_.discover();
  const auto leader = machine_.processes().leader_of(id);
  if (!leader) return Errno{ESRCH};
  std::string text, last;
  for (std::size_t number = roots_.size(); number > 0; --number) {
    Group& root = *roots_[number - 1];
    const bool unified = root.layout.unified;
    std::string line = std::to_string(unified ? 0 : number) + ":";
    if (!unified) line += hierarchy_options(root.controllers);
    line += ":" + group_path(machine_.place_of_thread(root, id, *leader)) + "\n";
    (unified ? last : text) += line;
  }
  return text + last;
}

std::string Hierarchy::proc_cgroups() const {
  std::string text = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n";
  for (std::size_t number = 1; number <= roots_.size(); ++number) {
    const Group& root = *roots_[number - 1];
    for (const Controller* controller : root.controllers) {
      if (controller->name == "systemd") continue;  // no controller
      // The name is that of v1 also where v2 has it.
      const std::string_view name = controller->name == "io" ? "blkio" : controller->name;
      text += std::string(name) + "\t" + std::to_string(root.layout.unified ? 0 : number) + "\t" +
              std::to_string(count_groups(root)) + "\t1\n";
    }
  }
  return text;
}

}  // namespace testbed
