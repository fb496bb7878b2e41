#include <cerrno>

#include "emulator/cgroupfs/values.h"

namespace testbed::cgroupfs {
namespace {

constexpr char kCpus[] = "cpuset.cpus", kMems[] = "cpuset.mems";

// The processors (or memory nodes) of a group: the root has all, a new group none.
std::string list_of(const Group& group, const char* name) {
  const auto written = group.values.find(name);
  if (written != group.values.end()) return written->second;
  if (group.parent) return "";
  const unsigned last = name == std::string_view(kCpus) ? last_cpu() : 0;
  return last == 0 ? "0" : "0-" + std::to_string(last);
}

int write_list(const ControlFile& file, Group& group, std::string_view text, unsigned last) {
  const auto list = parse_list(text, last);
  if (!list) return list.error;
  // validate_change_legacy(): only what the parent has too.
  if (group.parent) {
    const std::string above = list_of(*group.parent, file.name);
    if (parse_list(above + "," + list.value, last).value != above) return EACCES;
  }
  return keep(file, group, list.value);
}

int write_cpus(const ControlFile& file, Group& group, std::string_view text, const Surroundings&) {
  return write_list(file, group, text, last_cpu());
}

int write_mems(const ControlFile& file, Group& group, std::string_view text, const Surroundings&) {
  const int error = write_list(file, group, text, 0);
  return error == ERANGE ? EINVAL : error;  // a node that could exist but is not there
}

Answer<std::string> read_cpus(const ControlFile&, const Group& group, const Surroundings&) {
  return list_of(group, kCpus) + "\n";
}

Answer<std::string> read_mems(const ControlFile&, const Group& group, const Surroundings&) {
  return list_of(group, kMems) + "\n";
}

constexpr ControlFile kFiles[] = {
    {"cpuset.cpu_exclusive", 0644, Where::All, "0", write_switch, nullptr, "1"},
    {kCpus, 0644, Where::All, "", write_cpus, read_cpus},
    {"cpuset.effective_cpus", 0444, Where::All, "", nullptr, read_cpus},
    {"cpuset.effective_mems", 0444, Where::All, "", nullptr, read_mems},
    {"cpuset.mem_exclusive", 0644, Where::All, "0", write_switch, nullptr, "1"},
    {"cpuset.mem_hardwall", 0644, Where::All, "0", write_switch},
    {"cpuset.memory_migrate", 0644, Where::All, "0", write_switch},
    {"cpuset.memory_pressure", 0444, Where::All, "0"},
    {"cpuset.memory_pressure_enabled", 0644, Where::RootOnly, "0", write_switch},
    {"cpuset.memory_spread_page", 0644, Where::All, "0", write_switch},
    {"cpuset.memory_spread_slab", 0644, Where::All, "0", write_switch},
    {kMems, 0644, Where::All, "", write_mems, read_mems},
    {"cpuset.sched_load_balance", 0644, Where::All, "1", write_switch},
    {"cpuset.sched_relax_domain_level", 0644, Where::All, "-1", write_number},
};

}  // namespace

Family cpuset_files() { return kFiles; }

}  // namespace testbed::cgroupfs
