#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/membership.h"
#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/usage.h"
#include "emulator/cgroupfs/v2_domain.h"

namespace testbed {
namespace {

std::string names_of(const std::set<const Controller*>& controllers) {
  std::string text;
  for (const Controller* controller : controllers) {
    if (!text.empty()) text += " ";
    text += controller->name;
  }
  return text.empty() ? text : text + "\n";  // without any there is not even a newline
}

Reply<std::string> read_controllers(const Access& access) {
  return names_of(access.group.controllers);
}

Reply<std::string> read_subtree(const Access& access) { return names_of(access.group.enabled); }

int write_subtree(const Access& access, std::string_view text) {
  return change_subtree(access.group, text, access.machine);
}

void add_threaded(Group& group, Machine& machine, std::vector<pid_t>& pids) {
  for (auto& [name, child] : group.children) {
    if (domain_kind(*child, machine) != Domain::Threaded) continue;
    for (const pid_t pid : machine.processes_in(*child)) pids.push_back(pid);
    add_threaded(*child, machine, pids);
  }
}

// The processes of a domain are also those whose threads are in the threaded groups below.
Reply<std::string> read_procs(const Access& access) {
  if (domain_kind(access.group, access.machine) == Domain::Threaded) return Errno{EOPNOTSUPP};
  std::vector<pid_t> pids = access.machine.processes_in(access.group);
  add_threaded(access.group, access.machine, pids);
  return list_of(access, std::move(pids));
}

Reply<std::string> read_threads(const Access& access) {
  return list_of(access, access.machine.threads_listed(access.group));
}

Reply<std::string> read_type(const Access& access) {
  return std::string(domain_name(domain_kind(access.group, access.machine))) + "\n";
}

int write_type(const Access& access, std::string_view text) {
  return stripped(text) == "threaded" ? make_threaded(access.group, access.machine) : EINVAL;
}

Reply<std::string> read_events(const Access& access) {
  return std::string(is_populated(access.group, access.machine) ? "populated 1\n"
                                                                : "populated 0\n") +
         (is_frozen(access.group) ? "frozen 1\n" : "frozen 0\n");
}

std::size_t count_below(const Group& group, const Controller* only) {
  std::size_t count = 0;
  for (const auto& [name, child] : group.children) {
    count += only == nullptr || child->controllers.contains(only) ? 1 : 0;
    count += count_below(*child, only);
  }
  return count;
}

Reply<std::string> read_stat(const Access& access) {
  const Group& group = access.group;
  std::string living = "nr_descendants " + std::to_string(count_below(group, nullptr)) + "\n";
  std::string dying = "nr_dying_descendants 0\n";
  for (const Controller& controller : group.layout.controllers) {
    const std::string name(controller.name);
    const auto count = count_below(group, &controller) + group.controllers.count(&controller);
    living += "nr_subsys_" + name + " " + std::to_string(count) + "\n";
    dying += "nr_dying_subsys_" + name + " 0\n";
  }
  return living + dying;
}

// kstrtoint() behind strstrip(), as most of the core's files read numbers.
Reply<int> parse_int(std::string_view text) {
  const auto number = parse_signed(stripped(text));
  if (!number) return Errno{number.error()};
  if (*number < INT_MIN || *number > INT_MAX) return Errno{ERANGE};
  return static_cast<int>(*number);
}

int write_limit(const Access& access, std::string_view text) {
  if (stripped(text) == "max") return store(access, "max");
  const auto number = parse_int(text);
  if (!number) return number.error();
  if (*number < 0) return ERANGE;
  return store(access, *number == INT_MAX ? "max" : std::to_string(*number));
}

int write_switch(const Access& access, std::string_view text) {
  const auto number = parse_int(text);
  if (!number) return number.error();
  return *number == 0 || *number == 1 ? store(access, std::to_string(*number)) : ERANGE;
}

int write_freeze(const Access& access, std::string_view text) {
  const int error = write_switch(access, text);
  if (error == 0) access.machine.apply_freeze(access.group);
  return error;
}

int write_kill(const Access& access, std::string_view text) {
  const auto number = parse_int(text);
  if (!number) return number.error();
  if (*number != 1) return ERANGE;
  if (domain_kind(access.group, access.machine) == Domain::Threaded) return EOPNOTSUPP;
  access.machine.each_within(access.group, [&](pid_t pid) {
    access.machine.processes().send_signal(pid, SIGKILL);
    return true;
  });
  return 0;
}

bool has_cpu(const Group& group) {
  return std::any_of(group.controllers.begin(), group.controllers.end(),
                     [](const Controller* controller) { return controller->name == "cpu"; });
}

Reply<std::string> read_cpu_stat(const Access& access) {
  constexpr std::uint64_t kMicrosecond = 1000;
  const CpuTime time = used_in(access).cpu;
  std::string text = "usage_usec " + std::to_string(time.total() / kMicrosecond) + "\nuser_usec " +
                     std::to_string(time.user / kMicrosecond) + "\nsystem_usec " +
                     std::to_string(time.system / kMicrosecond) + "\nnice_usec 0\n";
  if (has_cpu(access.group)) {
    text += "nr_periods 0\nnr_throttled 0\nthrottled_usec 0\nnr_bursts 0\nburst_usec 0\n";
  }
  return text;
}

Reply<std::string> read_cpu_stat_local(const Access& access) {
  return std::string(has_cpu(access.group) ? "throttled_usec 0\n" : "");
}

constexpr std::string_view kPressure =
    "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    "full avg10=0.00 avg60=0.00 avg300=0.00 total=0";

constexpr std::array<ControlFile, 18> kFiles{{
    {"cgroup.controllers", 0444, "", read_controllers, nullptr},
    {"cgroup.events", 0444, "", read_events, nullptr, Where::BelowRoot, 4096, true},
    {"cgroup.freeze", 0644, "0", read_value, write_freeze, Where::BelowRoot},
    {"cgroup.kill", 0200, "", nullptr, write_kill, Where::BelowRoot},
    {"cgroup.max.depth", 0644, "max", read_value, write_limit},
    {"cgroup.max.descendants", 0644, "max", read_value, write_limit},
    {"cgroup.pressure", 0644, "1", read_value, write_switch},
    {"cgroup.procs", 0644, "", read_procs, write_procs},
    {"cgroup.stat", 0444, "", read_stat, nullptr},
    {"cgroup.stat.local", 0444, "frozen_usec 0", read_value, nullptr, Where::BelowRoot},
    {"cgroup.subtree_control", 0644, "", read_subtree, write_subtree},
    {"cgroup.threads", 0644, "", read_threads, write_threads},
    {"cgroup.type", 0644, "domain", read_type, write_type, Where::BelowRoot},
    // A trigger cannot be set: EINVAL, as on a kernel that was started without PSI.
    {"cpu.pressure", 0644, kPressure, read_value, nullptr, Where::Pressure},
    {"cpu.stat", 0444, "", read_cpu_stat, nullptr},
    {"cpu.stat.local", 0444, "", read_cpu_stat_local, nullptr},
    {"io.pressure", 0644, kPressure, read_value, nullptr, Where::Pressure},
    {"memory.pressure", 0644, kPressure, read_value, nullptr, Where::Pressure},
}};

}  // namespace

std::span<const ControlFile> v2_core_files() { return kFiles; }

// cgroup_check_hierarchy_limits(): of the parent and all above it.
int v2_may_make(const Group& parent) {
  long long depth = 1;
  for (const Group* group = &parent; group != nullptr; group = group->parent, ++depth) {
    const auto exceeds = [&](std::string_view file, long long count) {
      return value_of(*group, file) != "max" && count > number_of(*group, file);
    };
    // Counted only where there is a limit: else making groups takes the longer the more there are.
    const bool limited = value_of(*group, "cgroup.max.descendants") != "max";
    const auto descendants = limited ? static_cast<long long>(count_below(*group, nullptr)) : 0LL;
    if (exceeds("cgroup.max.descendants", descendants + 1)) return EAGAIN;
    if (exceeds("cgroup.max.depth", depth)) return EAGAIN;
  }
  return 0;
}

}  // namespace testbed
