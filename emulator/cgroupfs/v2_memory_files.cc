#include <array>
#include <cerrno>
#include <climits>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/usage.h"

namespace testbed {
namespace {

int write_limit(const Access& access, std::string_view text) {
  const auto limit = parse_limit(text);
  return limit ? store(access, *limit) : limit.error();
}

int write_oom_group(const Access& access, std::string_view text) {
  const auto number = parse_signed(stripped(text));
  if (!number) return number.error();
  if (*number < INT_MIN || *number > INT_MAX) return ERANGE;  // kstrtoint()
  return *number == 0 || *number == 1 ? store(access, std::to_string(*number)) : EINVAL;
}

// Nothing can be reclaimed here, for which the kernel says EAGAIN.
int write_reclaim(const Access&, std::string_view text) {
  const auto bytes = parse_limit(text);
  if (!bytes) return bytes.error();
  return *bytes == "0" ? 0 : EAGAIN;
}

constexpr std::array<std::string_view, 62> kCounters{"anon",
                                                     "file",
                                                     "kernel",
                                                     "kernel_stack",
                                                     "pagetables",
                                                     "sec_pagetables",
                                                     "percpu",
                                                     "sock",
                                                     "vmalloc",
                                                     "shmem",
                                                     "file_mapped",
                                                     "file_dirty",
                                                     "file_writeback",
                                                     "swapcached",
                                                     "anon_thp",
                                                     "file_thp",
                                                     "shmem_thp",
                                                     "inactive_anon",
                                                     "active_anon",
                                                     "inactive_file",
                                                     "active_file",
                                                     "unevictable",
                                                     "slab_reclaimable",
                                                     "slab_unreclaimable",
                                                     "slab",
                                                     "workingset_refault_anon",
                                                     "workingset_refault_file",
                                                     "workingset_activate_anon",
                                                     "workingset_activate_file",
                                                     "workingset_restore_anon",
                                                     "workingset_restore_file",
                                                     "workingset_nodereclaim",
                                                     "pgdemote_kswapd",
                                                     "pgdemote_direct",
                                                     "pgdemote_khugepaged",
                                                     "pgdemote_proactive",
                                                     "pgpromote_success",
                                                     "pgscan",
                                                     "pgsteal",
                                                     "pswpin",
                                                     "pswpout",
                                                     "pgscan_kswapd",
                                                     "pgscan_direct",
                                                     "pgscan_khugepaged",
                                                     "pgscan_proactive",
                                                     "pgsteal_kswapd",
                                                     "pgsteal_direct",
                                                     "pgsteal_khugepaged",
                                                     "pgsteal_proactive",
                                                     "pgfault",
                                                     "pgmajfault",
                                                     "pgrefill",
                                                     "pgactivate",
                                                     "pgdeactivate",
                                                     "pglazyfree",
                                                     "pglazyfreed",
                                                     "swpin_zero",
                                                     "swpout_zero",
                                                     "thp_fault_alloc",
                                                     "thp_collapse_alloc",
                                                     "thp_swpout",
                                                     "thp_swpout_fallback"};

// As in v1: pages of files count as active and all others as inactive.
std::uint64_t counter(std::string_view name, const MemoryUse& use, const Used& used) {
  if (name == "anon") return use.anon;
  if (name == "file" || name == "file_mapped") return use.file + use.shmem;
  if (name == "shmem") return use.shmem;
  if (name == "inactive_anon") return use.anon + use.shmem;
  if (name == "active_file") return use.file;
  if (name == "pgfault") return used.faults;
  if (name == "pgmajfault") return used.major_faults;
  return 0;
}

Reply<std::string> read_stat(const Access& access) {
  const MemoryUse use = memory_held(access);
  std::string text;
  for (const auto name : kCounters) {
    text += std::string(name) + " " + std::to_string(counter(name, use, access.group.used)) + "\n";
  }
  return text;
}

Reply<std::string> read_events(const Access& access) {
  return "low 0\nhigh 0\nmax " + std::to_string(memory_hits(access)) +
         "\noom 0\noom_kill 0\noom_group_kill 0\n";
}

Reply<std::string> read_swap(const Access& access) {
  return std::to_string(memory_held(access).swap) + "\n";
}

constexpr std::string_view kNumaStat =
    "anon N0=0\nfile N0=0\nkernel_stack N0=0\npagetables N0=0\nsec_pagetables N0=0\nshmem N0=0\n"
    "file_mapped N0=0\nfile_dirty N0=0\nfile_writeback N0=0\nswapcached N0=0\nanon_thp N0=0\n"
    "file_thp N0=0\nshmem_thp N0=0\ninactive_anon N0=0\nactive_anon N0=0\ninactive_file N0=0\n"
    "active_file N0=0\nunevictable N0=0\nslab_reclaimable N0=0\nslab_unreclaimable N0=0\n"
    "workingset_refault_anon N0=0\nworkingset_refault_file N0=0\n"
    "workingset_activate_anon N0=0\nworkingset_activate_file N0=0\n"
    "workingset_restore_anon N0=0\nworkingset_restore_file N0=0\nworkingset_nodereclaim N0=0";

constexpr std::string_view kSwapEvents = "high 0\nmax 0\nfail 0";

// The root has no usage and no limits: libcontainer then takes those of /proc/meminfo.
constexpr std::array<ControlFile, 18> kFiles{{
    {"memory.current", 0444, "", read_memory, nullptr, Where::BelowRoot},
    {"memory.events", 0444, "", read_events, nullptr, Where::BelowRoot},
    {"memory.events.local", 0444, "", read_events, nullptr, Where::BelowRoot},
    {"memory.high", 0644, "max", read_value, write_limit, Where::BelowRoot},
    {"memory.low", 0644, "0", read_value, write_limit, Where::BelowRoot},
    {"memory.max", 0644, "max", read_value, write_limit, Where::BelowRoot},
    {"memory.min", 0644, "0", read_value, write_limit, Where::BelowRoot},
    {"memory.numa_stat", 0444, kNumaStat, read_value, nullptr},
    {"memory.oom.group", 0644, "0", read_value, write_oom_group, Where::BelowRoot},
    // Any write starts the peak anew (Linux 6.12).
    {"memory.peak", 0644, "", read_memory_peak, reset_memory_peak, Where::BelowRoot},
    {"memory.reclaim", 0200, "", nullptr, write_reclaim},
    {"memory.stat", 0444, "", read_stat, nullptr},
    {"memory.swap.current", 0444, "", read_swap, nullptr, Where::BelowRoot},
    {"memory.swap.events", 0444, kSwapEvents, read_value, nullptr, Where::BelowRoot},
    {"memory.swap.high", 0644, "max", read_value, write_limit, Where::BelowRoot},
    {"memory.swap.max", 0644, "max", read_value, write_limit, Where::BelowRoot},
    {"memory.swap.peak", 0644, "0", read_value, write_ignored, Where::BelowRoot},
    {"memory.zswap.current", 0444, "0", read_value, nullptr, Where::BelowRoot},
}};

}  // namespace

std::span<const ControlFile> v2_memory_files() { return kFiles; }

}  // namespace testbed
