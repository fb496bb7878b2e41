#include "emulator/cgroupfs/processes.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <sstream>

#include "orchestrator/base/files.h"

namespace testbed {
namespace {

constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD

std::vector<pid_t> numbers_in(const fs::path& directory) {
  std::vector<pid_t> numbers;
  for (const std::string& name : list_directory(directory)) {
    pid_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && *end == '\0') numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Of a link of /proc that names no path; empty if it cannot be read.
std::string link_target(const std::string& link) {
  std::array<char, 64> target{};
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : "";
}

std::string directory_of(pid_t id) { return "/proc/" + std::to_string(id); }

std::string status_of(pid_t id) { return read_part(directory_of(id) + "/status", 0, 8192); }

// The value after "Key:\t" in /proc/PID/status or "Key: " in /proc/PID/io.
std::string field_of(const std::string& text, std::string_view key) {
  const std::string lead = std::string(key) + ":";
  auto at = text.starts_with(lead) ? 0 : text.find("\n" + lead);
  if (at == std::string::npos) return "";
  at = text.find(':', at) + 1;
  const auto start = text.find_first_not_of(" \t", at);
  return start == std::string::npos ? "" : text.substr(start, text.find('\n', start) - start);
}

std::uint64_t number_of(const std::string& text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The fields behind the name, which stands in parentheses and can hold anything. Numbered as in
// proc(5): the state is field 3.
class StatFields {
 public:
  explicit StatFields(const std::string& text) {
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos || name_end + 2 >= text.size()) return;
    state_ = text[name_end + 2];
    const char* at = text.data() + name_end + 3;
    const char* end = text.data() + text.size();
    while (count_ < values_.size() && at < end) {
      while (at < end && *at == ' ') ++at;
      if (*at == '-') ++at;  // only of fields that nobody asks for here
      const auto [next, error] = std::from_chars(at, end, values_[count_]);
      if (error == std::errc::invalid_argument) break;
      at = next;
      ++count_;
    }
  }
  bool complete() const { return count_ + 4 > 22; }
  char state() const { return state_; }
  std::uint64_t operator[](std::size_t field) const {
    return field - 4 < count_ ? values_[field - 4] : 0;
  }

 private:
  char state_ = '?';
  std::array<std::uint64_t, 36> values_{};
  std::size_t count_ = 0;
};

std::optional<ProcessStat> parse_stat(const std::string& text) {
  const StatFields fields(text);
  if (!fields.complete()) return std::nullopt;
  static const auto tick =
      std::uint64_t{1000000000} / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const char state = fields.state();
  return ProcessStat{.parent = static_cast<pid_t>(fields[4]),
                     .start = fields[22],
                     .zombie = state == 'Z' || state == 'X',
                     .stopped = state == 'T',
                     .kernel = (fields[9] & kKernelThread) != 0,
                     .cpu = static_cast<unsigned>(fields[39]),
                     .threads = std::max(1u, static_cast<unsigned>(fields[20])),
                     .own = {fields[14] * tick, fields[15] * tick},
                     .reaped = {fields[16] * tick, fields[17] * tick},
                     .faults = fields[10],
                     .major_faults = fields[12]};
}

// As the namespaces from the outermost that /proc shows down to its own call it.
std::vector<pid_t> names_of(pid_t id) {
  std::istringstream words(field_of(status_of(id), "NSpid"));
  std::vector<pid_t> names;
  for (pid_t name = 0; words >> name;) names.push_back(name);
  return names;
}

}  // namespace

HostProcesses::HostProcesses() : namespace_(namespace_of(::getpid())) {}

std::optional<pid_t> HostProcesses::leader_of(pid_t id) const {
  if (id <= 0 || (::kill(id, 0) != 0 && errno == ESRCH)) return std::nullopt;
  const std::string status = status_of(id);
  if (field_of(status, "State").starts_with("Z")) return std::nullopt;
  const std::string leader = field_of(status, "Tgid");
  return leader.empty() ? id : static_cast<pid_t>(number_of(leader));
}

std::vector<pid_t> HostProcesses::all() const { return numbers_in("/proc"); }

std::vector<pid_t> HostProcesses::threads_of(pid_t leader) const {
  return numbers_in(directory_of(leader) + "/task");
}

std::optional<ProcessStat> HostProcesses::stat_of(pid_t leader) const {
  return parse_stat(read_part(directory_of(leader) + "/stat", 0, 4096));
}

std::optional<ProcessStat> HostProcesses::thread_stat(pid_t leader, pid_t thread) const {
  return parse_stat(
      read_part(directory_of(leader) + "/task/" + std::to_string(thread) + "/stat", 0, 4096));
}

// gVisor tells VmRSS only; it is taken for anonymous memory.
MemoryUse HostProcesses::memory_of(pid_t leader) const {
  const std::string status = status_of(leader);
  const auto bytes = [&](std::string_view key) { return number_of(field_of(status, key)) * 1024; };
  MemoryUse use{.anon = bytes("RssAnon"),
                .file = bytes("RssFile"),
                .shmem = bytes("RssShmem"),
                .swap = bytes("VmSwap")};
  if (use.total() == 0) use.anon = bytes("VmRSS");
  return use;
}

IoUse HostProcesses::io_of(pid_t leader) const {
  const std::string text = read_part(directory_of(leader) + "/io", 0, 4096);
  const auto number = [&](std::string_view key) { return number_of(field_of(text, key)); };
  return {.read_bytes = number("read_bytes"),
          .write_bytes = number("write_bytes"),
          .reads = number("syscr"),
          .writes = number("syscw")};
}

std::optional<Owner> HostProcesses::owner_of(pid_t leader) const {
  std::istringstream ids(field_of(status_of(leader), "Uid"));
  Owner owner;
  uid_t effective = 0;
  if (!(ids >> owner.real >> effective >> owner.saved)) return std::nullopt;
  return owner;
}

std::set<std::string> HostProcesses::channels_of(pid_t leader) const {
  std::set<std::string> channels;
  const std::string descriptors = directory_of(leader) + "/fd/";
  for (const std::string& name : list_directory(descriptors)) {
    const std::string target = link_target(descriptors + name);
    if (target.starts_with("socket:") || target.starts_with("pipe:")) channels.insert(target);
  }
  return channels;
}

void HostProcesses::send_signal(pid_t leader, int signal) const { ::kill(leader, signal); }

std::string HostProcesses::namespace_of(pid_t id) {
  return link_target(directory_of(id) + "/ns/pid");
}

bool HostProcesses::sees_all(pid_t viewer) const {
  if (viewer <= 0 || namespace_.empty()) return true;
  const std::string other = namespace_of(viewer);
  // gVisor 20221219 gives each process a link of its own, and no NSpid. Who has one name is here.
  return other.empty() || other == namespace_ || names_of(viewer).size() < 2;
}

std::optional<pid_t> HostProcesses::id_for(pid_t viewer, pid_t id) const {
  if (sees_all(viewer)) return id;
  const std::size_t depth = names_of(viewer).size();
  const auto names = names_of(id);
  if (depth == 0 || names.size() < depth) return std::nullopt;
  if (names.size() == depth && namespace_of(id) != namespace_of(viewer)) return std::nullopt;
  return names[depth - 1];
}

std::optional<pid_t> HostProcesses::id_from(pid_t viewer, pid_t id) const {
  if (sees_all(viewer)) return id;
  for (const pid_t leader : all()) {
    for (const pid_t thread : threads_of(leader)) {
      if (id_for(viewer, thread) == id) return thread;
    }
  }
  return std::nullopt;
}

std::uint64_t HostProcesses::now() const {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

}  // namespace testbed
