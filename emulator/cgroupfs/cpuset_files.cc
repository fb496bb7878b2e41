#include <array>
#include <cerrno>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

constexpr unsigned kMemoryNodes = 1024;     // those the list syntax may name; one exists
constexpr std::int64_t kMaxRelaxLevel = 2;  // of CPUs that share one level of caches

// Whether every item of one list is in the other. Adding them changes nothing then.
bool within(const std::string& inner, const std::string& outer, unsigned count) {
  const auto both = parse_list(inner + "," + outer, count);
  const auto alone = parse_list(outer, count);
  return both && alone && *both == *alone;
}

int store_list(const Access& access, std::string_view text, unsigned count) {
  if (access.group.parent == nullptr) return EACCES;
  const auto list = parse_list(text, count);
  if (!list) return list.error();
  // Members must have somewhere to run.
  if (list->empty() && !access.machine.threads_listed(access.group).empty()) return ENOSPC;
  if (!within(*list, value_of(*access.group.parent, access.file.name), count)) {
    return EACCES;  // v1: a subset of the parent's (validate_change())
  }
  for (const auto& [name, child] : access.group.children) {
    if (!within(value_of(*child, access.file.name), *list, count)) return EBUSY;
  }
  return store(access, *list);
}

int write_cpus(const Access& access, std::string_view text) {
  return store_list(access, text, cpu_count());
}

int write_mems(const Access& access, std::string_view text) {
  const auto list = parse_list(text, kMemoryNodes);
  if (list && !list->empty() && *list != "0") return EINVAL;  // a node that does not exist
  return store_list(access, text, kMemoryNodes);
}

Reply<std::string> read_effective_cpus(const Access& access) {
  return value_of(access.group, "cpuset.cpus") + "\n";
}

Reply<std::string> read_effective_mems(const Access& access) {
  return value_of(access.group, "cpuset.mems") + "\n";
}

int write_relax(const Access& access, std::string_view text) {
  const auto number = parse_signed(text);
  if (!number) return number.error();
  if (*number < -1 || *number > kMaxRelaxLevel) return EINVAL;
  return store(access, std::to_string(*number));
}

// The kernel hands the number on as an int: of 64 bits the lower half counts.
int write_int_flag(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  return store(access, static_cast<std::uint32_t>(*number) != 0 ? "1" : "0");
}

// Only below a group that is exclusive itself (validate_change()).
int write_exclusive(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  const bool wanted = static_cast<std::uint32_t>(*number) != 0;
  if (wanted && !is_root(access.group) && number_of(*access.group.parent, access.file.name) == 0) {
    return EACCES;
  }
  return store(access, wanted ? "1" : "0");
}

// cpuset_files: 100 + 6 * MAX_NUMNODES. For CPUs the number of those that the kernel was built for
// decides; a page here.
constexpr std::size_t kLongestMems = 6244;

constexpr std::array<ControlFile, 14> kFiles{{
    {"cpuset.cpu_exclusive", 0644, "0", read_value, write_exclusive},
    {"cpuset.cpus", 0644, "", read_value, write_cpus},
    {"cpuset.effective_cpus", 0444, "", read_effective_cpus, nullptr},
    {"cpuset.effective_mems", 0444, "", read_effective_mems, nullptr},
    {"cpuset.mem_exclusive", 0644, "0", read_value, write_exclusive},
    {"cpuset.mem_hardwall", 0644, "0", read_value, write_int_flag},
    {"cpuset.memory_migrate", 0644, "0", read_value, write_int_flag},
    {"cpuset.memory_pressure", 0444, "0", read_value, nullptr},
    {"cpuset.memory_pressure_enabled", 0644, "0", read_value, write_flag, Where::Root},
    {"cpuset.memory_spread_page", 0644, "0", read_value, write_int_flag},
    {"cpuset.memory_spread_slab", 0644, "0", read_value, write_int_flag},
    {"cpuset.mems", 0644, "", read_value, write_mems, Where::Everywhere, kLongestMems},
    {"cpuset.sched_load_balance", 0644, "1", read_value, write_int_flag},
    {"cpuset.sched_relax_domain_level", 0644, "-1", read_value, write_relax},
}};

}  // namespace

std::span<const ControlFile> cpuset_files() { return kFiles; }

void prepare_cpuset(Group& group) {
  if (group.parent == nullptr) {
    const unsigned last = cpu_count() - 1;
    group.values["cpuset.cpus"] = last == 0 ? "0" : "0-" + std::to_string(last);
    group.values["cpuset.mems"] = "0";
    group.values["cpuset.cpu_exclusive"] = group.values["cpuset.mem_exclusive"] = "1";
  } else if (value_of(*group.parent, "cgroup.clone_children") == "1") {
    for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
      group.values[file] = value_of(*group.parent, file);
    }
  }
}

// cpuset_can_attach(): a group without CPUs or memory nodes takes no process. libcontainer fills
// them in first for this reason.
int cpuset_may_attach(const Group& group) {
  const bool empty =
      value_of(group, "cpuset.cpus").empty() || value_of(group, "cpuset.mems").empty();
  return empty ? ENOSPC : 0;
}

}  // namespace testbed
