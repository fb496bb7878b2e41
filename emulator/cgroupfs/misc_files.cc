#include <array>
#include <cerrno>
#include <sstream>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/usage.h"

namespace testbed {
namespace {

bool is_frozen_above(const Group& group) { return !is_root(group) && is_frozen(*group.parent); }

Reply<std::string> read_freezer(const Access& access) {
  return std::string(is_frozen(access.group) ? "FROZEN\n" : "THAWED\n");
}

int write_freezer(const Access& access, std::string_view text) {
  text = stripped(text);
  if (text != "FROZEN" && text != "THAWED") return EINVAL;
  store(access, std::string(text));
  access.machine.apply_freeze(access.group);
  return 0;
}

Reply<std::string> read_self_freezing(const Access& access) {
  return value_of(access.group, "freezer.state") == "FROZEN" ? std::string("1\n")
                                                             : std::string("0\n");
}

Reply<std::string> read_parent_freezing(const Access& access) {
  return std::string(is_frozen_above(access.group) ? "1\n" : "0\n");
}

Reply<std::string> read_io_bytes(const Access& access) { return io_text_v1(access, true); }
Reply<std::string> read_io_operations(const Access& access) { return io_text_v1(access, false); }

std::string lines_without(const std::string& text, const std::string& device) {
  std::string kept;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(device + " ")) kept += line + "\n";
  }
  return kept;
}

// "MAJOR:MINOR" at the front, followed by a blank (blkg_conf_open_bdev()): what is wrong with it.
int check_device(const std::string& device, std::string_view text) {
  const auto colon = device.find(':');
  const auto digits = [](const std::string& part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
  };
  const bool numbers = colon != std::string::npos && digits(device.substr(0, colon)) &&
                       digits(device.substr(colon + 1));
  if (!numbers || stripped(text).size() <= device.size()) return EINVAL;
  return is_block_device(device) ? 0 : ENODEV;
}

// "MAJOR:MINOR N"; 0 takes the limit away.
int write_throttle(const Access& access, std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string device, limit, more;
  words >> device >> limit >> more;
  if (const int error = check_device(device, text)) return error;
  const auto number = parse_unsigned(limit);
  if (!number || !more.empty()) return EINVAL;
  std::string lines = lines_without(value_of(access.group, access.file.name), device);
  if (*number != 0) lines += device + " " + std::to_string(*number) + "\n";
  return store(access, std::move(lines));
}

int store_weight(const Access& access, std::uint64_t weight) {
  if (weight < 1 || weight > 1000) return ERANGE;
  access.group.values["blkio.bfq.weight"] = std::to_string(weight);
  return 0;
}

int write_weight(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  return number ? store_weight(access, *number) : number.error();
}

Reply<std::string> read_weight_device(const Access& access) {
  return "default " + value_of(access.group, "blkio.bfq.weight") + "\n";
}

// "N" or "default N" are the group's weight, nothing is 0 (bfq_io_set_weight()). No device here is
// scheduled by BFQ, for which the kernel answers EOPNOTSUPP.
int write_weight_device(const Access& access, std::string_view text) {
  text = stripped(text);
  if (text.empty()) return ERANGE;
  constexpr std::string_view kDefault = "default ";
  if (text.starts_with(kDefault)) text = stripped(text.substr(kDefault.size()));
  if (const auto number = parse_unsigned(text)) return store_weight(access, *number);
  const std::string device(text.substr(0, text.find_first_of(" \t")));
  const int error = check_device(device, text);
  return error != 0 ? error : EOPNOTSUPP;
}

int write_reset(const Access&, std::string_view text) { return parse_unsigned(text).error(); }

constexpr std::array<ControlFile, 3> kFreezerFiles{{
    {"freezer.parent_freezing", 0444, "", read_parent_freezing, nullptr, Where::BelowRoot},
    {"freezer.self_freezing", 0444, "", read_self_freezing, nullptr, Where::BelowRoot},
    {"freezer.state", 0644, "THAWED", read_freezer, write_freezer, Where::BelowRoot},
}};

constexpr std::array<ControlFile, 15> kBlkioFiles{{
    {"blkio.bfq.io_service_bytes", 0444, "Total 0", read_value, nullptr},
    {"blkio.bfq.io_service_bytes_recursive", 0444, "Total 0", read_value, nullptr},
    {"blkio.bfq.io_serviced", 0444, "Total 0", read_value, nullptr},
    {"blkio.bfq.io_serviced_recursive", 0444, "Total 0", read_value, nullptr},
    {"blkio.bfq.weight", 0644, "100", read_value, write_weight, Where::BelowRoot},
    {"blkio.bfq.weight_device", 0644, "", read_weight_device, write_weight_device,
     Where::BelowRoot},
    {"blkio.reset_stats", 0200, "", nullptr, write_reset},
    {"blkio.throttle.io_service_bytes", 0444, "", read_io_bytes, nullptr},
    {"blkio.throttle.io_service_bytes_recursive", 0444, "", read_io_bytes, nullptr},
    {"blkio.throttle.io_serviced", 0444, "", read_io_operations, nullptr},
    {"blkio.throttle.io_serviced_recursive", 0444, "", read_io_operations, nullptr},
    {"blkio.throttle.read_bps_device", 0644, "", read_text, write_throttle},
    {"blkio.throttle.read_iops_device", 0644, "", read_text, write_throttle},
    {"blkio.throttle.write_bps_device", 0644, "", read_text, write_throttle},
    {"blkio.throttle.write_iops_device", 0644, "", read_text, write_throttle},
}};

}  // namespace

std::span<const ControlFile> freezer_files() { return kFreezerFiles; }
std::span<const ControlFile> blkio_files() { return kBlkioFiles; }

}  // namespace testbed
