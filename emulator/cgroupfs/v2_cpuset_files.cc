#include <algorithm>
#include <array>
#include <cerrno>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/machine.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

constexpr unsigned kMemoryNodes = 1024;  // those the list syntax may name; one exists

// What is in both lists. Each in the short form that parse_list() gives.
std::string common(const std::string& one, const std::string& other, unsigned count) {
  std::string text;
  for (unsigned item = 0; item < count; ++item) {
    const std::string name = std::to_string(item);
    const auto has = [&](const std::string& list) {
      const auto with = parse_list(list + "," + name, count);
      return with && *with == list;
    };
    if (has(one) && has(other)) text += name + ",";
  }
  const auto list = parse_list(text, count);
  return list ? *list : "";
}

// A group that asks for none, or for none of its parent's, has all of its parent's.
std::string effective(const Group& group, std::string_view file, const std::string& all,
                      unsigned count) {
  if (is_root(group)) return all;
  const std::string above = effective(*group.parent, file, all, count);
  const std::string own = common(value_of(group, file), above, count);
  return own.empty() ? above : own;
}

Reply<std::string> read_effective_cpus(const Access& access) {
  const unsigned count = cpu_count();
  const auto all = parse_list("0-" + std::to_string(count - 1), count);
  return effective(access.group, "cpuset.cpus", all ? *all : "0", count) + "\n";
}

Reply<std::string> read_effective_mems(const Access& access) {
  return effective(access.group, "cpuset.mems", "0", 1) + "\n";
}

// Members must have somewhere to run, once the group had asked for something (validate_change()).
int store_list(const Access& access, const std::string& list) {
  const bool emptied = list.empty() && !value_of(access.group, access.file.name).empty();
  if (emptied && access.machine.is_populated(access.group)) return ENOSPC;
  return store(access, list);
}

int write_cpus(const Access& access, std::string_view text) {
  const auto list = parse_list(text, cpu_count());
  return list ? store_list(access, *list) : list.error();
}

int write_mems(const Access& access, std::string_view text) {
  const auto list = parse_list(text, kMemoryNodes);
  if (!list) return list.error();
  return list->empty() || *list == "0" ? store_list(access, *list) : EINVAL;  // 0 is the only node
}

// cpuset_files: 100 bytes, and 6 for each CPU (of 8192) and node that the kernel was built for.
constexpr std::size_t kLongestCpus = 49252, kLongestMems = 6244;

constexpr std::array<ControlFile, 5> kFiles{{
    {"cpuset.cpus", 0644, "", read_value, write_cpus, Where::BelowRoot, kLongestCpus},
    {"cpuset.cpus.effective", 0444, "", read_effective_cpus, nullptr},
    {"cpuset.cpus.isolated", 0444, "", read_value, nullptr, Where::Root},
    {"cpuset.mems", 0644, "", read_value, write_mems, Where::BelowRoot, kLongestMems},
    {"cpuset.mems.effective", 0444, "", read_effective_mems, nullptr},
}};

}  // namespace

std::span<const ControlFile> v2_cpuset_files() { return kFiles; }

}  // namespace testbed
