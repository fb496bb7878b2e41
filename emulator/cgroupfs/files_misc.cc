// pids, freezer and blkio.
#include <unistd.h>

#include <cerrno>

#include "emulator/cgroupfs/values.h"

namespace testbed::cgroupfs {
namespace {

constexpr std::int64_t kMostPids = 4194304;  // PIDS_MAX: PID_MAX_LIMIT

int write_pids_max(const ControlFile& file, Group& group, std::string_view text,
                   const Surroundings&) {
  text = stripped(text);
  if (text == "max") return keep(file, group, "max");
  const auto limit = parse_integer(text);
  if (!limit) return limit.error;
  if (limit.value < 0 || limit.value > kMostPids) return EINVAL;
  return keep(file, group, std::to_string(limit.value));
}

Answer<std::string> read_pids_current(const ControlFile&, const Group& group,
                                      const Surroundings& around) {
  return std::to_string(around.members(group).size()) + "\n";
}

constexpr ControlFile kPidsFiles[] = {
    {"pids.current", 0444, Where::NotRoot, "0", nullptr, read_pids_current},
    {"pids.events", 0444, Where::NotRoot, "max 0"},
    {"pids.max", 0644, Where::NotRoot, "max", write_pids_max},
    {"pids.peak", 0444, Where::NotRoot, "0", nullptr, read_pids_current},
};

bool self_frozen(const Group& group) {
  const auto state = group.values.find("freezer.state");
  return state != group.values.end() && state->second == "FROZEN";
}

bool parent_frozen(const Group& group) {
  for (const Group* above = group.parent; above; above = above->parent)
    if (self_frozen(*above)) return true;
  return false;
}

int write_freezer_state(const ControlFile& file, Group& group, std::string_view text,
                        const Surroundings&) {
  text = stripped(text);
  if (text != "FROZEN" && text != "THAWED") return EINVAL;
  return keep(file, group, std::string(text));
}

Answer<std::string> read_freezer_state(const ControlFile&, const Group& group,
                                       const Surroundings&) {
  return std::string(self_frozen(group) || parent_frozen(group) ? "FROZEN\n" : "THAWED\n");
}

Answer<std::string> read_self_freezing(const ControlFile&, const Group& group,
                                       const Surroundings&) {
  return std::string(self_frozen(group) ? "1\n" : "0\n");
}

Answer<std::string> read_parent_freezing(const ControlFile&, const Group& group,
                                         const Surroundings&) {
  return std::string(parent_frozen(group) ? "1\n" : "0\n");
}

constexpr ControlFile kFreezerFiles[] = {
    {"freezer.parent_freezing", 0444, Where::NotRoot, "0", nullptr, read_parent_freezing},
    {"freezer.self_freezing", 0444, Where::NotRoot, "0", nullptr, read_self_freezing},
    {"freezer.state", 0644, Where::NotRoot, "THAWED", write_freezer_state, read_freezer_state},
};

struct DeviceValue {
  std::string device;  // "8:0"
  std::uint64_t value = 0;
};

Answer<DeviceValue> parse_device_value(std::string_view text) {
  text = stripped(text);
  const std::size_t blank = text.find(' '), colon = text.find(':');
  const auto bad = Answer<DeviceValue>::fails(EINVAL);
  if (blank == std::string_view::npos || colon > blank) return bad;
  const auto value = parse_natural(stripped(text.substr(blank)));
  if (!parse_natural(text.substr(0, colon)) ||
      !parse_natural(text.substr(colon + 1, blank - colon - 1)) || !value)
    return bad;
  return DeviceValue{std::string(text.substr(0, blank)), value.value};
}

// One line per device; the value 0 takes its line away.
int write_device_value(const ControlFile& file, Group& group, std::string_view text,
                       const Surroundings&) {
  const auto wish = parse_device_value(text);
  if (!wish) return wish.error;
  const std::string& device = wish.value.device;
  if (::access(("/sys/dev/block/" + device).c_str(), F_OK) != 0) return ENODEV;
  std::string lines = "\n" + file.value_in(group);
  const std::size_t old = lines.find("\n" + device + " ");
  if (old != std::string::npos) lines.erase(old, lines.find('\n', old + 1) - old);
  if (wish.value.value != 0) lines += "\n" + device + " " + std::to_string(wish.value.value);
  return keep(file, group, std::string(stripped(lines)));
}

int write_weight(const ControlFile& file, Group& group, std::string_view text,
                 const Surroundings&) {
  const auto weight = parse_natural(text);
  if (!weight) return weight.error;
  if (weight.value < 1 || weight.value > 1000) return ERANGE;
  return keep(file, group, std::to_string(weight.value));
}

constexpr ControlFile kBlkioFiles[] = {
    {"blkio.bfq.io_service_bytes", 0444, Where::All, "Total 0"},
    {"blkio.bfq.io_service_bytes_recursive", 0444, Where::All, "Total 0"},
    {"blkio.bfq.io_serviced", 0444, Where::All, "Total 0"},
    {"blkio.bfq.io_serviced_recursive", 0444, Where::All, "Total 0"},
    {"blkio.bfq.weight", 0644, Where::NotRoot, "100", write_weight},
    {"blkio.bfq.weight_device", 0644, Where::NotRoot, "default 100", write_device_value},
    {"blkio.reset_stats", 0200, Where::All, "", accept},
    {"blkio.throttle.io_service_bytes", 0444, Where::All, "Total 0"},
    {"blkio.throttle.io_service_bytes_recursive", 0444, Where::All, "Total 0"},
    {"blkio.throttle.io_serviced", 0444, Where::All, "Total 0"},
    {"blkio.throttle.io_serviced_recursive", 0444, Where::All, "Total 0"},
    {"blkio.throttle.read_bps_device", 0644, Where::All, "", write_device_value, read_lines},
    {"blkio.throttle.read_iops_device", 0644, Where::All, "", write_device_value, read_lines},
    {"blkio.throttle.write_bps_device", 0644, Where::All, "", write_device_value, read_lines},
    {"blkio.throttle.write_iops_device", 0644, Where::All, "", write_device_value, read_lines},
};

}  // namespace

Family pids_files() { return kPidsFiles; }
Family freezer_files() { return kFreezerFiles; }
Family blkio_files() { return kBlkioFiles; }

}  // namespace testbed::cgroupfs
