#include "emulator/cgroupfs/processes.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>

#include "orchestrator/base/files.h"

namespace testbed {
namespace {

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

// The value after "Key:\t" in /proc/PID/status.
std::string status_field(const std::string& status, std::string_view key) {
  const auto at = status.find("\n" + std::string(key) + ":\t");
  if (at == std::string::npos) return "";
  const auto start = at + key.size() + 3;
  return status.substr(start, status.find('\n', start) - start);
}

}  // namespace

std::optional<pid_t> HostProcesses::leader_of(pid_t id) const {
  if (id <= 0 || (::kill(id, 0) != 0 && errno == ESRCH)) return std::nullopt;
  const std::string status = read_part("/proc/" + std::to_string(id) + "/status", 0, 4096);
  if (status_field(status, "State").starts_with("Z")) return std::nullopt;
  const std::string leader = status_field(status, "Tgid");
  return leader.empty() ? id : static_cast<pid_t>(std::atoi(leader.c_str()));
}

std::vector<pid_t> HostProcesses::all() const { return numbers_in("/proc"); }

std::vector<pid_t> HostProcesses::threads_of(pid_t leader) const {
  return numbers_in("/proc/" + std::to_string(leader) + "/task");
}

// utime and stime of /proc/PID/stat, in ticks: the 12th and 13th field after the name, which stands
// in parentheses and can hold anything.
std::optional<CpuTime> HostProcesses::cpu_time(pid_t leader) const {
  const std::string stat = read_part("/proc/" + std::to_string(leader) + "/stat", 0, 4096);
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  std::uint64_t user = 0, system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  const auto tick = std::uint64_t{1000000000} / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return CpuTime{user * tick, system * tick};
}

std::uint64_t HostProcesses::resident_bytes(pid_t leader) const {
  std::istringstream pages(read_part("/proc/" + std::to_string(leader) + "/statm", 0, 4096));
  std::uint64_t size = 0, resident = 0;
  pages >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void HostProcesses::kill(pid_t leader) const { ::kill(leader, SIGKILL); }

}  // namespace testbed
