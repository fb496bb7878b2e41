#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <sstream>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/usage.h"

namespace testbed {
namespace {

constexpr std::uint64_t kMinWeight = 1, kMaxWeight = 10000;

// The line that begins with these words, and the text without it.
std::string line_of(const std::string& text, const std::string& first) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(first + " ")) return line;
  }
  return "";
}

std::string text_without(std::string text, const std::string& line) {
  const auto at = text.find(line + "\n");
  return line.empty() || at == std::string::npos ? text : text.erase(at, line.size() + 1);
}

// "MAJOR:MINOR" of a device that exists; what is wrong with it otherwise.
int check_device(const std::string& numbers) {
  const auto colon = numbers.find(':');
  if (colon == std::string::npos || numbers.find_first_not_of("0123456789:") < numbers.size()) {
    return EINVAL;
  }
  return is_block_device(numbers) ? 0 : ENODEV;
}

struct Limits {
  std::array<std::pair<std::string_view, std::string>, 4> of{
      {{"rbps", "max"}, {"wbps", "max"}, {"riops", "max"}, {"wiops", "max"}}};

  // "rbps=5"; 0 or errno, as in tg_set_limit().
  int set(const std::string& word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) return EINVAL;
    const std::string value = word.substr(equals + 1);
    const auto number = value == "max" ? Reply<std::uint64_t>(1) : parse_unsigned(value);
    if (!number) return EINVAL;
    if (*number == 0) return ERANGE;
    for (auto& [key, limit] : of) {
      if (key != word.substr(0, equals)) continue;
      limit = value == "max" ? value : std::to_string(*number);
      return 0;
    }
    return EINVAL;
  }
  bool any() const {
    return std::any_of(of.begin(), of.end(),
                       [](const auto& limit) { return limit.second != "max"; });
  }
  std::string text() const {
    std::string text;
    for (const auto& [key, limit] : of) text += " " + std::string(key) + "=" + limit;
    return text;
  }
};

// "MAJOR:MINOR rbps=N wiops=max": what is not named stays as it was.
int write_max(const Access& access, std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string device, word;
  words >> device;
  if (stripped(text).size() == device.size()) return EINVAL;  // blkg_conf_open_bdev()
  if (const int error = check_device(device)) return error;
  const std::string before = value_of(access.group, access.file.name);
  const std::string old = line_of(before, device);
  Limits limits;
  std::istringstream old_words(old.substr(std::min(old.size(), device.size())));
  while (old_words >> word) limits.set(word);
  while (words >> word) {
    if (const int error = limits.set(word)) return error;
  }
  std::string lines = text_without(before, old);
  if (limits.any()) lines += device + limits.text() + "\n";
  return store(access, std::move(lines));
}

// The decimal digits at the front, as sscanf("%u") takes them; whatever follows is ignored.
std::optional<std::uint64_t> scanned(const std::string& word) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

// "[default] N", or "MAJOR:MINOR N" and "MAJOR:MINOR default" (ioc_weight_write()).
int write_weight(const Access& access, std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string first, value;
  words >> first >> value;
  const bool device = first.find(':') != std::string::npos;
  if (device) {
    if (const int error = check_device(first)) return error;
  } else if (first != "default") {
    value = std::exchange(first, "default");
  }
  const bool drop = device && value == "default";
  const auto number = scanned(value);
  if (!drop && (!number || *number < kMinWeight || *number > kMaxWeight)) return EINVAL;
  const std::string before = value_of(access.group, access.file.name);
  std::string lines = text_without(before, line_of(before, first));
  const std::string line = drop ? "" : first + " " + std::to_string(*number) + "\n";
  return store(access, device ? lines + line : line + lines);
}

Reply<std::string> read_stat(const Access& access) { return io_stat_text(access); }

constexpr std::array<ControlFile, 3> kFiles{{
    {"io.max", 0644, "", read_text, write_max, Where::BelowRoot},
    {"io.stat", 0444, "", read_stat, nullptr},
    {"io.weight", 0644, "default 100\n", read_text, write_weight, Where::BelowRoot},
}};

}  // namespace

std::span<const ControlFile> v2_io_files() { return kFiles; }

}  // namespace testbed
