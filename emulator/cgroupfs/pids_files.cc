#include <array>
#include <cerrno>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/usage.h"

namespace testbed {
namespace {

constexpr std::int64_t kMaxPids = 4194304;  // PID_MAX_LIMIT

Reply<std::string> read_current(const Access& access) {
  return std::to_string(threads_held(access)) + "\n";
}

Reply<std::string> read_peak(const Access& access) {
  threads_held(access);
  return std::to_string(access.group.pids_peak) + "\n";
}

// Forks that a kernel would have refused, as far as they were seen.
Reply<std::string> read_events(const Access& access) {
  access.machine.discover();
  return "max " + std::to_string(access.group.pids_hits) + "\n";
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
    {"pids.events", 0444, "", read_events, nullptr, Where::BelowRoot},
    {"pids.events.local", 0444, "", read_events, nullptr, Where::BelowRoot},
    {"pids.max", 0644, "max", read_value, write_max, Where::BelowRoot},
    {"pids.peak", 0444, "", read_peak, nullptr, Where::BelowRoot},
}};

constexpr std::array<ControlFile, 4> kFiles{{
    {"pids.current", 0444, "", read_current, nullptr, Where::BelowRoot},
    {"pids.events", 0444, "", read_events, nullptr, Where::BelowRoot},
    {"pids.max", 0644, "max", read_value, write_max, Where::BelowRoot},
    {"pids.peak", 0444, "", read_peak, nullptr, Where::BelowRoot},
}};

}  // namespace

std::span<const ControlFile> pids_files() { return kFiles; }
std::span<const ControlFile> v2_pids_files() { return kV2Files; }

}  // namespace testbed
