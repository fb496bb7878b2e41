#include <algorithm>
#include <cerrno>

#include "emulator/cgroupfs/values.h"

namespace testbed::cgroupfs {
namespace {

constexpr std::uint64_t kFewestShares = 2, kMostShares = 262144;          // MIN_SHARES, MAX_SHARES
constexpr std::int64_t kShortestPeriod = 1000, kLongestPeriod = 1000000;  // microseconds

int write_shares(const ControlFile& file, Group& group, std::string_view text,
                 const Surroundings&) {
  const auto shares = parse_natural(text);
  if (!shares) return shares.error;
  return keep(file, group, std::to_string(std::clamp(shares.value, kFewestShares, kMostShares)));
}

std::int64_t number_in(const Group& group, const char* name, std::int64_t fallback) {
  const auto found = group.values.find(name);
  return found == group.values.end() ? fallback : parse_integer(found->second).value;
}
std::int64_t quota_of(const Group& group) { return number_in(group, "cpu.cfs_quota_us", -1); }
std::int64_t period_of(const Group& group) { return number_in(group, "cpu.cfs_period_us", 100000); }
std::int64_t burst_of(const Group& group) { return number_in(group, "cpu.cfs_burst_us", 0); }

// tg_cfs_schedulable_down(): no group may have a larger part of the time than the nearest group
// above it that is limited.
bool exceeds_parent(const Group& group, std::int64_t quota, std::int64_t period) {
  if (quota < 0) return false;
  for (const Group* above = group.parent; above; above = above->parent) {
    const std::int64_t limit = quota_of(*above);
    if (limit >= 0)
      return static_cast<double>(quota) / static_cast<double>(period) >
             static_cast<double>(limit) / static_cast<double>(period_of(*above));
  }
  return false;
}

int write_period(const ControlFile& file, Group& group, std::string_view text,
                 const Surroundings&) {
  const auto period = parse_natural(text);
  if (!period) return period.error;
  if (period.value < kShortestPeriod || period.value > kLongestPeriod) return EINVAL;
  if (exceeds_parent(group, quota_of(group), static_cast<std::int64_t>(period.value)))
    return EINVAL;
  return keep(file, group, std::to_string(period.value));
}

int write_quota(const ControlFile& file, Group& group, std::string_view text, const Surroundings&) {
  const auto quota = parse_integer(text);
  if (!quota) return quota.error;
  if (quota.value >= 0 && quota.value < kShortestPeriod) return EINVAL;
  if (exceeds_parent(group, quota.value, period_of(group))) return EINVAL;
  if (quota.value >= 0 && burst_of(group) > quota.value) return EINVAL;
  return keep(file, group, std::to_string(std::max<std::int64_t>(quota.value, -1)));
}

int write_burst(const ControlFile& file, Group& group, std::string_view text, const Surroundings&) {
  const auto burst = parse_natural(text);
  if (!burst) return burst.error;
  const std::int64_t quota = quota_of(group);
  if (quota >= 0 && burst.value > static_cast<std::uint64_t>(quota)) return EINVAL;
  return keep(file, group, std::to_string(burst.value));
}

int write_usage(const ControlFile&, Group&, std::string_view text, const Surroundings&) {
  const auto number = parse_natural(text);
  return number && number.value != 0 ? EINVAL : number.error;
}

// One value for each processor, and a blank after the last one too.
Answer<std::string> read_per_cpu(const ControlFile&, const Group&, const Surroundings&) {
  std::string out;
  for (unsigned cpu = 0; cpu <= last_cpu(); ++cpu) out += "0 ";
  return out + "\n";
}

Answer<std::string> read_usage_all(const ControlFile&, const Group&, const Surroundings&) {
  std::string out = "cpu user system\n";
  for (unsigned cpu = 0; cpu <= last_cpu(); ++cpu) out += std::to_string(cpu) + " 0 0\n";
  return out;
}

constexpr ControlFile kCpuFiles[] = {
    {"cpu.cfs_burst_us", 0644, Where::All, "0", write_burst},
    {"cpu.cfs_period_us", 0644, Where::All, "100000", write_period},
    {"cpu.cfs_quota_us", 0644, Where::All, "-1", write_quota},
    {"cpu.idle", 0644, Where::All, "0", write_flag},
    {"cpu.rt_period_us", 0644, Where::All, "1000000", write_number},
    {"cpu.rt_runtime_us", 0644, Where::All, "0", write_number, nullptr, "950000"},
    {"cpu.shares", 0644, Where::All, "1024", write_shares},
    {"cpu.stat", 0444, Where::All,
     "nr_periods 0\nnr_throttled 0\nthrottled_time 0\nnr_bursts 0\nburst_time 0"},
    {"cpu.stat.local", 0444, Where::All, "throttled_time 0"},
};

constexpr ControlFile kCpuacctFiles[] = {
    {"cpuacct.stat", 0444, Where::All, "user 0\nsystem 0"},
    {"cpuacct.usage", 0644, Where::All, "0", write_usage},
    {"cpuacct.usage_all", 0444, Where::All, "", nullptr, read_usage_all},
    {"cpuacct.usage_percpu", 0444, Where::All, "", nullptr, read_per_cpu},
    {"cpuacct.usage_percpu_sys", 0444, Where::All, "", nullptr, read_per_cpu},
    {"cpuacct.usage_percpu_user", 0444, Where::All, "", nullptr, read_per_cpu},
    {"cpuacct.usage_sys", 0444, Where::All, "0"},
    {"cpuacct.usage_user", 0444, Where::All, "0"},
};

}  // namespace

Family cpu_files() { return kCpuFiles; }
Family cpuacct_files() { return kCpuacctFiles; }

}  // namespace testbed::cgroupfs
