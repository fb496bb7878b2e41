#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/usage.h"

namespace testbed {
namespace {

constexpr std::uint64_t kMinShares = 2, kMaxShares = 262144;
constexpr std::int64_t kMinPeriod = 1000, kMaxPeriod = 1000000, kMinQuota = 1000;
constexpr std::int64_t kMaxRuntime = (std::int64_t{1} << 44) - 1;  // max_bw_runtime_us
constexpr double kUnlimited = std::numeric_limits<double>::infinity();

int write_shares(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  // The root's cannot change, nor those of an idle group (sched_group_set_shares()).
  if (is_root(access.group) || number_of(access.group, "cpu.idle") != 0) return EINVAL;
  return store(access, std::to_string(std::clamp(*number, kMinShares, kMaxShares)));
}

// A group may not have a larger share of a CPU than the nearest limited group above it
// (tg_cfs_schedulable_down()).
bool quotas_fit(const Group& group, double above) {
  const auto quota = static_cast<double>(number_of(group, "cpu.cfs_quota_us"));
  const auto period = static_cast<double>(number_of(group, "cpu.cfs_period_us"));
  const double own = quota < 0 ? above : quota / period;
  if (own > above) return false;
  return std::all_of(group.children.begin(), group.children.end(),
                     [&](const auto& child) { return quotas_fit(*child.second, own); });
}

int store_bandwidth(const Access& access, std::int64_t number) {
  if (is_root(access.group)) return EINVAL;
  const std::string before = value_of(access.group, access.file.name);
  store(access, std::to_string(number));
  const Group* root = &access.group;
  while (root->parent != nullptr) root = root->parent;
  if (quotas_fit(*root, kUnlimited)) return 0;
  store(access, before);
  return EINVAL;
}

int write_period(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  if (*number < kMinPeriod || *number > kMaxPeriod) return EINVAL;
  return store_bandwidth(access, static_cast<std::int64_t>(*number));
}

int write_quota(const Access& access, std::string_view text) {
  const auto number = parse_signed(text);
  if (!number) return number.error();
  if (*number < 0) return store_bandwidth(access, -1);
  const bool below_burst = *number < number_of(access.group, "cpu.cfs_burst_us");
  return *number < kMinQuota || *number > kMaxRuntime || below_burst
             ? EINVAL
             : store_bandwidth(access, *number);
}

int write_burst(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  const long long quota = number_of(access.group, "cpu.cfs_quota_us");
  if (is_root(access.group) || (quota >= 0 && *number > static_cast<std::uint64_t>(quota)))
    return EINVAL;
  return store(access, std::to_string(*number));
}

int write_idle(const Access& access, std::string_view text) {
  const auto number = parse_signed(text);
  if (!number) return number.error();
  if (is_root(access.group) || *number < 0 || *number > 1) return EINVAL;
  // An idle group has the least weight of all, which shows as 3 shares.
  access.group.values["cpu.shares"] = *number == 1 ? "3" : "1024";
  return store(access, std::to_string(*number));
}

int write_rt_period(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  const auto runtime = static_cast<std::uint64_t>(number_of(access.group, "cpu.rt_runtime_us"));
  return *number == 0 || *number < runtime ? EINVAL : store(access, std::to_string(*number));
}

int write_rt_runtime(const Access& access, std::string_view text) {
  const auto number = parse_signed(text);
  if (!number) return number.error();
  const bool fits = *number >= 0 && *number <= number_of(access.group, "cpu.rt_period_us");
  return fits ? store(access, std::to_string(*number)) : EINVAL;
}

int write_usage(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  if (*number != 0) return EINVAL;
  access.group.reset = used_in(access).cpu;
  return 0;
}

CpuTime used_since_reset(const Access& access) {
  const CpuTime time = used_in(access).cpu, reset = access.group.reset;
  return {time.user - reset.user, time.system - reset.system};
}

Reply<std::string> read_usage(const Access& access) {
  return std::to_string(used_since_reset(access).total()) + "\n";
}

Reply<std::string> read_usage_user(const Access& access) {
  return std::to_string(used_since_reset(access).user) + "\n";
}

Reply<std::string> read_usage_sys(const Access& access) {
  return std::to_string(used_since_reset(access).system) + "\n";
}

// In USER_HZ, which is 100 everywhere.
Reply<std::string> read_cpuacct_stat(const Access& access) {
  constexpr std::uint64_t kTick = 10000000;
  const CpuTime time = used_since_reset(access);
  return "user " + std::to_string(time.user / kTick) + "\nsystem " +
         std::to_string(time.system / kTick) + "\n";
}

// By the CPU on which each process was seen last. The count does not start anew with
// cpuacct.usage.
std::vector<CpuTime> times_per_cpu(const Access& access) {
  std::vector<CpuTime> times = used_in(access).per_cpu;
  times.resize(cpu_count());
  return times;
}

// One column per CPU, with the space behind the last one that the kernel prints too.
Reply<std::string> columns(const Access& access, std::uint64_t (*part)(const CpuTime&)) {
  std::string text;
  for (const CpuTime& time : times_per_cpu(access)) text += std::to_string(part(time)) + " ";
  return text + "\n";
}

Reply<std::string> read_percpu(const Access& access) {
  return columns(access, [](const CpuTime& time) { return time.total(); });
}

Reply<std::string> read_percpu_user(const Access& access) {
  return columns(access, [](const CpuTime& time) { return time.user; });
}

Reply<std::string> read_percpu_sys(const Access& access) {
  return columns(access, [](const CpuTime& time) { return time.system; });
}

Reply<std::string> read_usage_all(const Access& access) {
  std::string text = "cpu user system\n";
  unsigned cpu = 0;
  for (const CpuTime& time : times_per_cpu(access)) {
    text += std::to_string(cpu++) + " " + std::to_string(time.user) + " " +
            std::to_string(time.system) + "\n";
  }
  return text;
}

constexpr std::string_view kCpuStat =
    "nr_periods 0\nnr_throttled 0\nthrottled_time 0\nnr_bursts 0\nburst_time 0";

constexpr std::array<ControlFile, 9> kCpuFiles{{
    {"cpu.cfs_burst_us", 0644, "0", read_value, write_burst},
    {"cpu.cfs_period_us", 0644, "100000", read_value, write_period},
    {"cpu.cfs_quota_us", 0644, "-1", read_value, write_quota},
    {"cpu.idle", 0644, "0", read_value, write_idle},
    {"cpu.rt_period_us", 0644, "1000000", read_value, write_rt_period},
    {"cpu.rt_runtime_us", 0644, "0", read_value, write_rt_runtime},
    {"cpu.shares", 0644, "1024", read_value, write_shares},
    {"cpu.stat", 0444, kCpuStat, read_value, nullptr},
    {"cpu.stat.local", 0444, "throttled_time 0", read_value, nullptr},
}};

constexpr std::array<ControlFile, 8> kCpuacctFiles{{
    {"cpuacct.stat", 0444, "", read_cpuacct_stat, nullptr},
    {"cpuacct.usage", 0644, "", read_usage, write_usage},
    {"cpuacct.usage_all", 0444, "", read_usage_all, nullptr},
    {"cpuacct.usage_percpu", 0444, "", read_percpu, nullptr},
    {"cpuacct.usage_percpu_sys", 0444, "", read_percpu_sys, nullptr},
    {"cpuacct.usage_percpu_user", 0444, "", read_percpu_user, nullptr},
    {"cpuacct.usage_sys", 0444, "", read_usage_sys, nullptr},
    {"cpuacct.usage_user", 0444, "", read_usage_user, nullptr},
}};

}  // namespace

std::span<const ControlFile> cpu_files() { return kCpuFiles; }
std::span<const ControlFile> cpuacct_files() { return kCpuacctFiles; }

void prepare_cpu(Group& group) {
  if (group.parent == nullptr) group.values["cpu.rt_runtime_us"] = "950000";
}

}  // namespace testbed
