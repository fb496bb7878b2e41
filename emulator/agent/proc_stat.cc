#include "emulator/agent/proc_stat.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "orchestrator/base/unique_fd.h"

namespace testbed {

std::string read_proc_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[4096];
  const ssize_t count = fd.valid() ? ::read(fd.get(), text, sizeof text) : -1;
  return count <= 0 ? "" : std::string(text, static_cast<std::size_t>(count));
}

std::string printable_name(std::string name) {
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return name;
}

bool read_proc_stat(const std::string& path, ProcStat& stat) {
  const std::string text = read_proc_file(path);
  // The name in parentheses may itself hold spaces and parentheses: fields count from the last one.
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return false;
  stat.name = text.substr(open + 1, close - open - 1);
  unsigned long user = 0, system = 0;
  long children_user = 0, children_system = 0;
  if (std::sscanf(text.c_str() + close + 1,
                  " %c %*d %d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld %*d %*d %ld",
                  &stat.state, &stat.group, &stat.session, &user, &system, &children_user,
                  &children_system, &stat.threads) != 8)
    return false;
  stat.own_ticks = user + system;
  stat.ticks = stat.own_ticks + static_cast<unsigned long>(children_user + children_system);
  return true;
}

std::vector<pid_t> numbers_in(const std::string& directory) {
  std::vector<pid_t> numbers;
  DIR* const open = ::opendir(directory.c_str());
  while (const dirent* entry = open ? ::readdir(open) : nullptr) {
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
      numbers.push_back(std::atoi(entry->d_name));
  }
  if (open) ::closedir(open);
  return numbers;
}

std::int64_t milliseconds_of_ticks(unsigned long ticks) {
  return static_cast<std::int64_t>(ticks) * 1000 / ::sysconf(_SC_CLK_TCK);
}

}  // namespace testbed
