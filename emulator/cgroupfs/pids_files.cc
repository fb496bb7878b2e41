#include <array>
#include <cerrno>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/membership.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

constexpr std::int64_t kMaxPids = 4194304;  // PID_MAX_LIMIT

std::size_t count_threads(Group& group, const Processes& processes) {
  std::size_t count = 0;
  for (const pid_t pid : live_members(group, processes)) count += processes.threads_of(pid).size();
  for (auto& [name, child] : group.children) count += count_threads(*child, processes);
  return count;
}

Reply<std::string> read_current(const Access& access) {
  return std::to_string(count_threads(access.group, access.processes)) + "\n";
}

int write_max(const Access& access, std::string_view text) {
  text = stripped(text);
  if (text == "max") return store(access, "max");
  const auto number = parse_signed(text);
  if (!number) return number.error();
  if (*number < 0 || *number > kMaxPids) return EINVAL;
  return store(access, std::to_string(*number));
}

constexpr std::array<ControlFile, 5> kV2Files{{
    {"pids.current", 0444, "", read_current, nullptr, Where::BelowRoot},
    {"pids.events", 0444, "max 0", read_value, nullptr, Where::BelowRoot},
    {"pids.events.local", 0444, "max 0", read_value, nullptr, Where::BelowRoot},
    {"pids.max", 0644, "max", read_value, write_max, Where::BelowRoot},
    {"pids.peak", 0444, "", read_current, nullptr, Where::BelowRoot},
}};

constexpr std::array<ControlFile, 4> kFiles{{
    {"pids.current", 0444, "", read_current, nullptr, Where::BelowRoot},
    {"pids.events", 0444, "max 0", read_value, nullptr, Where::BelowRoot},
    {"pids.max", 0644, "max", read_value, write_max, Where::BelowRoot},
    {"pids.peak", 0444, "", read_current, nullptr, Where::BelowRoot},
}};

}  // namespace

std::span<const ControlFile> pids_files() { return kFiles; }
std::span<const ControlFile> v2_pids_files() { return kV2Files; }

}  // namespace testbed
