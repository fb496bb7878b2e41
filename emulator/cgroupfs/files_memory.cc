#include <algorithm>
#include <cerrno>

#include "emulator/cgroupfs/values.h"

namespace testbed::cgroupfs {
namespace {

constexpr char kLimit[] = "memory.limit_in_bytes", kSwapLimit[] = "memory.memsw.limit_in_bytes";
constexpr char kNoLimit[] = "9223372036854771712";  // PAGE_COUNTER_MAX pages of 4096 bytes
constexpr std::uint64_t kMostBytes = 9223372036854771712ull, kPage = 4096;

std::uint64_t limit_of(const Group& group, const char* name) {
  const auto found = group.values.find(name);
  return found == group.values.end() ? kMostBytes : parse_natural(found->second).value;
}

// page_counter_memparse(): whole pages, -1 for no limit.
Answer<std::uint64_t> parse_limit(std::string_view text) {
  text = stripped(text);
  if (text == "-1") return kMostBytes;
  const auto bytes = parse_size(text);
  if (!bytes && bytes.error != ERANGE) return Answer<std::uint64_t>::fails(EINVAL);
  return bytes ? std::min(bytes.value / kPage * kPage, kMostBytes) : kMostBytes;
}

int write_limit(const ControlFile& file, Group& group, std::string_view text, const Surroundings&) {
  const auto limit = parse_limit(text);
  return limit ? keep(file, group, std::to_string(limit.value)) : limit.error;
}

// mem_cgroup_resize_max(): memory alone is never more than memory and swap together.
int write_memory_limit(const ControlFile& file, Group& group, std::string_view text,
                       const Surroundings& around) {
  const auto limit = parse_limit(text);
  if (limit && limit.value > limit_of(group, kSwapLimit)) return EINVAL;
  return write_limit(file, group, text, around);
}

int write_swap_limit(const ControlFile& file, Group& group, std::string_view text,
                     const Surroundings& around) {
  const auto limit = parse_limit(text);
  if (limit && limit.value < limit_of(group, kLimit)) return EINVAL;
  return write_limit(file, group, text, around);
}

// Kernels since 6.1 take a limit for kernel memory and do nothing with it.
int check_limit(const ControlFile&, Group&, std::string_view text, const Surroundings&) {
  return parse_limit(text).error;
}

int write_swappiness(const ControlFile& file, Group& group, std::string_view text,
                     const Surroundings&) {
  const auto value = parse_natural(text);
  if (!value || value.value > 200) return value ? EINVAL : value.error;
  return keep(file, group, std::to_string(value.value));
}

// Files that take one number only.
template <std::uint64_t kOnly>
int write_only(const ControlFile&, Group&, std::string_view text, const Surroundings&) {
  const auto value = parse_natural(text);
  return value && value.value != kOnly ? EINVAL : value.error;
}

// "<eventfd> <fd> [arguments]": the numbers belong to the writer and cannot be used from here.
int write_event(const ControlFile&, Group&, std::string_view text, const Surroundings&) {
  text = stripped(text);
  const std::size_t first = text.find(' ');
  if (first == std::string_view::npos || !parse_natural(text.substr(0, first))) return EINVAL;
  const std::string_view rest = text.substr(first + 1);
  return parse_natural(rest.substr(0, rest.find(' '))).error == 0 ? 0 : EINVAL;
}

Answer<std::string> read_oom_control(const ControlFile& file, const Group& group,
                                     const Surroundings&) {
  return "oom_kill_disable " + file.value_in(group) + "\nunder_oom 0\noom_kill 0\n";
}

constexpr const char* kStatKeys[] = {"cache",
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

Answer<std::string> read_stat(const ControlFile&, const Group& group, const Surroundings&) {
  std::uint64_t limit = kMostBytes, swap_limit = kMostBytes;
  for (const Group* at = &group; at; at = at->parent) {
    limit = std::min(limit, limit_of(*at, kLimit));
    swap_limit = std::min(swap_limit, limit_of(*at, kSwapLimit));
  }
  std::string out;
  for (const char* key : kStatKeys) out.append(key).append(" 0\n");
  out += "hierarchical_memory_limit " + std::to_string(limit) + "\n";
  out += "hierarchical_memsw_limit " + std::to_string(swap_limit) + "\n";
  for (const char* key : kStatKeys) out.append("total_").append(key).append(" 0\n");
  return out;
}

constexpr ControlFile kFiles[] = {
    {"cgroup.event_control", 0200, Where::All, "", write_event},
    {"memory.failcnt", 0644, Where::All, "0", reset},
    {"memory.force_empty", 0200, Where::All, "", accept},
    {"memory.kmem.failcnt", 0644, Where::All, "0", reset},
    {"memory.kmem.limit_in_bytes", 0644, Where::All, kNoLimit, check_limit},
    {"memory.kmem.max_usage_in_bytes", 0644, Where::All, "0", reset},
    {"memory.kmem.slabinfo", 0444, Where::All, "", nullptr, read_lines},
    {"memory.kmem.tcp.failcnt", 0644, Where::All, "0", reset},
    {"memory.kmem.tcp.limit_in_bytes", 0644, Where::All, kNoLimit, write_limit},
    {"memory.kmem.tcp.max_usage_in_bytes", 0644, Where::All, "0", reset},
    {"memory.kmem.tcp.usage_in_bytes", 0444, Where::All, "0"},
    {"memory.kmem.usage_in_bytes", 0444, Where::All, "0"},
    {kLimit, 0644, Where::All, kNoLimit, write_memory_limit},
    {"memory.max_usage_in_bytes", 0644, Where::All, "0", reset},
    {"memory.memsw.failcnt", 0644, Where::All, "0", reset},
    {kSwapLimit, 0644, Where::All, kNoLimit, write_swap_limit},
    {"memory.memsw.max_usage_in_bytes", 0644, Where::All, "0", reset},
    {"memory.memsw.usage_in_bytes", 0444, Where::All, "0"},
    {"memory.move_charge_at_immigrate", 0644, Where::All, "0", write_only<0>},
    {"memory.numa_stat", 0444, Where::All,
     "total=0 N0=0\nfile=0 N0=0\nanon=0 N0=0\nunevictable=0 N0=0\nhierarchical_total=0 N0=0\n"
     "hierarchical_file=0 N0=0\nhierarchical_anon=0 N0=0\nhierarchical_unevictable=0 N0=0"},
    {"memory.oom_control", 0644, Where::All, "0", write_flag, read_oom_control},
    {"memory.pressure_level", 0644, Where::All, "", nullptr, unreadable},
    {"memory.soft_limit_in_bytes", 0644, Where::All, kNoLimit, write_limit},
    {"memory.stat", 0444, Where::All, "", nullptr, read_stat},
    {"memory.swappiness", 0644, Where::All, "60", write_swappiness},
    {"memory.usage_in_bytes", 0444, Where::All, "0"},
    {"memory.use_hierarchy", 0644, Where::All, "1", write_only<1>},
};

}  // namespace

Family memory_files() { return kFiles; }

}  // namespace testbed::cgroupfs
