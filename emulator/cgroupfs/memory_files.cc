#include <array>
#include <cerrno>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/usage.h"

namespace testbed {
namespace {

constexpr std::string_view kNoLimitText = "9223372036854771712";

std::uint64_t limit_of(const Group& group, std::string_view file) {
  return static_cast<std::uint64_t>(number_of(group, file));
}

int write_plain_limit(const Access& access, std::string_view text) {
  const auto bytes = parse_memory(text);
  if (!bytes) return bytes.error();
  // "Can't set limit on root" (mem_cgroup_write()).
  return access.group.parent == nullptr ? EINVAL : store(access, std::to_string(*bytes));
}

int write_limit(const Access& access, std::string_view text) {
  const auto bytes = parse_memory(text);
  if (bytes && *bytes > limit_of(access.group, "memory.memsw.limit_in_bytes")) return EINVAL;
  // The kernel tries to free memory first; nobody can here (mem_cgroup_resize_max()).
  if (bytes && !is_root(access.group) && memory_held(access).total() > *bytes) return EBUSY;
  return write_plain_limit(access, text);
}

int write_memsw_limit(const Access& access, std::string_view text) {
  const auto bytes = parse_memory(text);
  if (bytes && *bytes < limit_of(access.group, "memory.limit_in_bytes")) return EINVAL;
  return write_plain_limit(access, text);
}

// Deprecated since Linux 5.16: read and forgotten.
int write_kmem_limit(const Access&, std::string_view text) {
  const auto bytes = parse_memory(text);
  return bytes ? 0 : bytes.error();
}

int write_hierarchy(const Access&, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  return *number == 1 ? 0 : EINVAL;
}

int write_swappiness(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  return *number <= 200 ? store(access, std::to_string(*number)) : EINVAL;
}

int write_move_charge(const Access&, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  return *number == 0 ? 0 : EINVAL;
}

Reply<std::string> read_oom_control(const Access& access) {
  return "oom_kill_disable " + value_of(access.group, access.file.name) +
         "\nunder_oom 0\noom_kill 0\n";
}

int write_oom_control(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  if (access.group.parent == nullptr || *number > 1) return EINVAL;
  return store(access, std::to_string(*number));
}

// "EVENTFD FD [ARGS]". The descriptors are the writer's; no event is ever raised.
int write_event_control(const Access&, std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return EINVAL;
  const std::string_view rest = text.substr(space + 1);
  const bool numbers = parse_unsigned(text.substr(0, space)) &&
                       parse_unsigned(stripped(rest.substr(0, rest.find(' '))));
  return numbers ? 0 : EINVAL;
}

constexpr std::array<std::string_view, 20> kCounters{"cache",
                                                     "rss",
                                                     "rss_huge",
                                                     "shmem",
                                                     "mapped_file",
                                                     "dirty",
                                                     "writeback",
                                                     "workingset_refault_anon",
                                                     "workingset_refault_file",
                                                     "swap",
                                                     "swapcached",
                                                     "pgpgin",
                                                     "pgpgout",
                                                     "pgfault",
                                                     "pgmajfault",
                                                     "inactive_anon",
                                                     "active_anon",
                                                     "inactive_file",
                                                     "active_file",
                                                     "unevictable"};

// The limit that binds is the smallest one from here up to the root.
std::uint64_t least_limit(const Group* group, std::string_view file) {
  std::uint64_t least = kNoLimit;
  for (; group != nullptr; group = group->parent) least = std::min(least, limit_of(*group, file));
  return least;
}

// Pages of files count as active and all others as inactive: nobody tells which are. What several
// processes share counts for each.
std::uint64_t counter(std::string_view name, const MemoryUse& use, const Used& used) {
  if (name == "cache") return use.file + use.shmem;
  if (name == "rss") return use.anon;
  if (name == "shmem") return use.shmem;
  if (name == "mapped_file") return use.file + use.shmem;
  if (name == "swap") return use.swap;
  if (name == "pgfault") return used.faults;
  if (name == "pgmajfault") return used.major_faults;
  if (name == "inactive_anon") return use.anon + use.shmem;
  if (name == "active_file") return use.file;
  return 0;
}

Reply<std::string> read_stat(const Access& access) {
  const MemoryUse all = memory_held(access);
  const MemoryUse own = access.machine.memory_of_members(access.group);
  const Used& used = access.group.used;
  std::string text;
  for (const auto name : kCounters) {
    text += std::string(name) + " " + std::to_string(counter(name, own, used)) + "\n";
  }
  for (const auto& [key, file] :
       {std::pair{"hierarchical_memory_limit ", "memory.limit_in_bytes"},
        std::pair{"hierarchical_memsw_limit ", "memory.memsw.limit_in_bytes"}}) {
    text += key + std::to_string(least_limit(&access.group, file)) + "\n";
  }
  for (const auto name : kCounters) {
    text += "total_" + std::string(name) + " " + std::to_string(counter(name, all, used)) + "\n";
  }
  return text;
}

Reply<std::string> read_failcnt(const Access& access) {
  return std::to_string(memory_hits(access)) + "\n";
}

int reset_failcnt(const Access& access, std::string_view) {
  access.group.memory_hits = 0;
  return 0;
}

Reply<std::string> read_memsw(const Access& access) {
  const MemoryUse use = memory_held(access);
  return std::to_string(use.total() + use.swap) + "\n";
}

constexpr std::string_view kNumaStat =
    "total=0 N0=0\nfile=0 N0=0\nanon=0 N0=0\nunevictable=0 N0=0\n"
    "hierarchical_total=0 N0=0\nhierarchical_file=0 N0=0\nhierarchical_anon=0 N0=0\n"
    "hierarchical_unevictable=0 N0=0";

constexpr std::array<ControlFile, 27> kFiles{{
    {"cgroup.event_control", 0200, "", nullptr, write_event_control},
    {"memory.failcnt", 0644, "", read_failcnt, reset_failcnt},
    {"memory.force_empty", 0200, "", nullptr, write_ignored},
    {"memory.kmem.failcnt", 0644, "0", read_value, write_ignored},
    {"memory.kmem.limit_in_bytes", 0644, kNoLimitText, read_value, write_kmem_limit},
    {"memory.kmem.max_usage_in_bytes", 0644, "0", read_value, write_ignored},
    {"memory.kmem.slabinfo", 0444, "", read_text, nullptr},
    {"memory.kmem.tcp.failcnt", 0644, "0", read_value, write_ignored},
    {"memory.kmem.tcp.limit_in_bytes", 0644, kNoLimitText, read_value, write_plain_limit},
    {"memory.kmem.tcp.max_usage_in_bytes", 0644, "0", read_value, write_ignored},
    {"memory.kmem.tcp.usage_in_bytes", 0444, "0", read_value, nullptr},
    {"memory.kmem.usage_in_bytes", 0444, "0", read_value, nullptr},
    {"memory.limit_in_bytes", 0644, kNoLimitText, read_value, write_limit},
    {"memory.max_usage_in_bytes", 0644, "", read_memory_peak, reset_memory_peak},
    {"memory.memsw.failcnt", 0644, "0", read_value, write_ignored},
    {"memory.memsw.limit_in_bytes", 0644, kNoLimitText, read_value, write_memsw_limit},
    {"memory.memsw.max_usage_in_bytes", 0644, "", read_memory_peak, reset_memory_peak},
    {"memory.memsw.usage_in_bytes", 0444, "", read_memsw, nullptr},
    {"memory.move_charge_at_immigrate", 0644, "0", read_value, write_move_charge},
    {"memory.numa_stat", 0444, kNumaStat, read_value, nullptr},
    {"memory.oom_control", 0644, "0", read_oom_control, write_oom_control},
    {"memory.pressure_level", 0444, "", nullptr, nullptr},
    {"memory.soft_limit_in_bytes", 0644, kNoLimitText, read_value, write_plain_limit},
    {"memory.stat", 0444, "", read_stat, nullptr},
    {"memory.swappiness", 0644, "60", read_value, write_swappiness},
    {"memory.usage_in_bytes", 0444, "", read_memory, nullptr},
    {"memory.use_hierarchy", 0644, "1", read_value, write_hierarchy},
}};

}  // namespace

std::span<const ControlFile> memory_files() { return kFiles; }

// mem_cgroup_css_alloc(): these two pass from parent to child.
void prepare_memory(Group& group) {
  if (is_root(group)) return;
  for (const char* file : {"memory.swappiness", "memory.oom_control"}) {
    group.values[file] = value_of(*group.parent, file);
  }
}

}  // namespace testbed
