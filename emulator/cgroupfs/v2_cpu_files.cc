#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

constexpr std::uint64_t kMinWeight = 1, kMaxWeight = 10000;
constexpr std::uint64_t kMinQuota = 1000, kMinPeriod = 1000, kMaxPeriod = 1000000;
constexpr int kMinNice = -20;

// sched_prio_to_weight: of nice -20 to 19.
constexpr std::array<int, 40> kWeights{
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
    3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,  215,
    172,   137,   110,   87,    70,    56,    45,    36,    29,    23,    18,   15};

std::uint64_t divide_round(std::uint64_t number, std::uint64_t by) {
  return (number + by / 2) / by;
}

// What is kept under cpu.weight is the scheduler's number, in which 1024 is a weight of 100.
std::uint64_t shares_of(const Group& group) {
  return static_cast<std::uint64_t>(number_of(group, "cpu.weight"));
}

bool is_idle(const Group& group) { return number_of(group, "cpu.idle") != 0; }

int store_shares(const Access& access, std::uint64_t shares) {
  if (is_idle(access.group)) return EINVAL;  // sched_group_set_shares()
  access.group.values["cpu.weight"] = std::to_string(shares);
  return 0;
}

Reply<std::string> read_weight(const Access& access) {
  // Of an idle group, whose 3 shares round to none, the least weight.
  const auto weight = std::max(kMinWeight, divide_round(shares_of(access.group) * 100, 1024));
  return std::to_string(weight) + "\n";
}

int write_weight(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  if (*number < kMinWeight || *number > kMaxWeight) return ERANGE;
  return store_shares(access, divide_round(*number * 1024, 100));
}

// The nice value whose weight is closest (cpu_weight_nice_read_s64()).
Reply<std::string> read_nice(const Access& access) {
  const auto shares = static_cast<int>(shares_of(access.group));
  int best = 0;
  for (int i = 1; i < static_cast<int>(kWeights.size()); ++i) {
    const auto distance = [&](int row) {
      return std::abs(kWeights[static_cast<std::size_t>(row)] - shares);
    };
    if (distance(i) >= distance(best)) break;
    best = i;
  }
  return std::to_string(best + kMinNice) + "\n";
}

int write_nice(const Access& access, std::string_view text) {
  const auto number = parse_signed(text);
  if (!number) return number.error();
  const std::int64_t row = *number - kMinNice;
  if (row < 0 || row >= static_cast<std::int64_t>(kWeights.size())) return ERANGE;
  return store_shares(access, static_cast<std::uint64_t>(kWeights[static_cast<std::size_t>(row)]));
}

int write_idle(const Access& access, std::string_view text) {
  const auto number = parse_signed(text);
  if (!number) return number.error();
  if (*number < 0 || *number > 1) return EINVAL;
  // The weight is lost: an idle group has the least of all.
  access.group.values["cpu.weight"] = *number == 1 ? "3" : "1024";
  return store(access, std::to_string(*number));
}

std::uint64_t burst_of(const Group& group) {
  return static_cast<std::uint64_t>(number_of(group, "cpu.max.burst"));
}

// The digits at the front, as sscanf("%llu") takes them; whatever follows is ignored.
bool scan_number(const std::string& word, std::uint64_t& number) {
  return std::from_chars(word.data(), word.data() + word.size(), number).ec == std::errc();
}

// "QUOTA [PERIOD]", where QUOTA may be max; without a period the old one stays.
int write_max(const Access& access, std::string_view text) {
  std::istringstream words{std::string(text)}, before{value_of(access.group, access.file.name)};
  std::string quota_text, period_text, old_quota;
  std::uint64_t quota = 0, period = 0, given = 0;
  before >> old_quota >> period;
  if (!(words >> quota_text)) return EINVAL;
  if (words >> period_text && scan_number(period_text, given)) period = given;
  const bool limited = scan_number(quota_text, quota);
  if (!limited && quota_text != "max") return EINVAL;
  if (period < kMinPeriod || period > kMaxPeriod) return EINVAL;
  if (limited && (quota < kMinQuota || quota < burst_of(access.group))) return EINVAL;
  return store(access, (limited ? std::to_string(quota) : "max") + " " + std::to_string(period));
}

int write_burst(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number) return number.error();
  std::uint64_t quota = 0;
  const bool limited = scan_number(value_of(access.group, "cpu.max"), quota);
  return limited && *number > quota ? EINVAL : store(access, std::to_string(*number));
}

constexpr std::array<ControlFile, 5> kFiles{{
    {"cpu.idle", 0644, "0", read_value, write_idle, Where::BelowRoot},
    {"cpu.max", 0644, "max 100000", read_value, write_max, Where::BelowRoot},
    {"cpu.max.burst", 0644, "0", read_value, write_burst, Where::BelowRoot},
    {"cpu.weight", 0644, "1024", read_weight, write_weight, Where::BelowRoot},
    {"cpu.weight.nice", 0644, "", read_nice, write_nice, Where::BelowRoot},
}};

}  // namespace

std::span<const ControlFile> v2_cpu_files() { return kFiles; }

}  // namespace testbed
