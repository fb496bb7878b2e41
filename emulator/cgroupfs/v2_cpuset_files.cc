#include <algorithm>
#include <array>
#include <cerrno>

#include "emulator/cgroupfs/control_files.h"
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

int write_cpus(const Access& access, std::string_view text) {
  const auto list = parse_list(text, cpu_count());
  return list ? store(access, *list) : list.error();
}

int write_mems(const Access& access, std::string_view text) {
  const auto list = parse_list(text, kMemoryNodes);
  if (!list) return list.error();
  return list->empty() || *list == "0" ? store(access, *list) : EINVAL;  // 0 is the only node
}

constexpr std::array<ControlFile, 5> kFiles{{
    {"cpuset.cpus", 0644, "", read_value, write_cpus, Where::BelowRoot},
    {"cpuset.cpus.effective", 0444, "", read_effective_cpus, nullptr},
    {"cpuset.cpus.isolated", 0444, "", read_value, nullptr, Where::Root},
    {"cpuset.mems", 0644, "", read_value, write_mems, Where::BelowRoot},
    {"cpuset.mems.effective", 0444, "", read_effective_mems, nullptr},
}};

}  // namespace

std::span<const ControlFile> v2_cpuset_files() { return kFiles; }

}  // namespace testbed
