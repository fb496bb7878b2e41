#include "emulator/agent/go_processes.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "emulator/agent/proc_stat.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {
namespace {

// Linkers put notes behind the headers, in front of the code.
constexpr std::size_t kHeadOfFile = std::size_t{64} << 10;

// An ELF note: the sizes of name and content, the kind, the name (elf(5)). Go's own is "Go" and 4.
constexpr std::string_view kNameSize("\4\0\0\0", 4);
constexpr std::string_view kKindAndName("\4\0\0\0Go\0\0", 8);

}  // namespace

bool is_go_program(const std::string& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return false;
  std::string head(kHeadOfFile, '\0');
  std::size_t filled = 0;
  for (ssize_t got;
       filled < head.size() && (got = ::pread(fd.get(), head.data() + filled, head.size() - filled,
                                              static_cast<off_t>(filled))) > 0;)
    filled += static_cast<std::size_t>(got);
  head.resize(filled);
  for (std::size_t at = head.find(kKindAndName); at != std::string::npos;
       at = head.find(kKindAndName, at + 1)) {
    if (at >= 8 && std::string_view(head).substr(at - 8, 4) == kNameSize) return true;
  }
  return false;
}

std::string ask_for_goroutines(pid_t session) {
  std::string asked;
  for (const pid_t pid : numbers_in("/proc")) {
    const std::string process = "/proc/" + std::to_string(pid);
    ProcStat stat;
    if (!read_proc_stat(process + "/stat", stat) || stat.session != session) continue;
    if (!is_go_program(process + "/exe") || ::kill(pid, SIGQUIT) != 0) continue;
    asked += "pid=" + std::to_string(pid) + " name=" + printable_name(stat.name) + "\n";
  }
  return asked;
}

}  // namespace testbed
