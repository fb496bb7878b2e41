#include "emulator/supervisor/command.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "orchestrator/base/errno_name.h"

namespace testbed::supervisor {
namespace {

constexpr unsigned kMostSeconds = 10;
constexpr int kExitNotExecutable = 126;

[[noreturn]] void become(const std::vector<std::string>& argv, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::alarm(kMostSeconds);  // survives the exec
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  if (::dup2(output, STDOUT_FILENO) == STDOUT_FILENO) ::execvp(words[0], words.data());
  ::_exit(kExitNotExecutable);
}

}  // namespace

Result<Command> start_command(const std::vector<std::string>& argv, pid_t reader,
                              const std::string& path) {
  Command command;
  command.output = UniqueFd(::memfd_create("supervisor-command", MFD_CLOEXEC));
  if (!command.output.valid()) return Error{"cannot make a memory file: " + errno_text(errno)};
  command.pid = ::fork();
  if (command.pid < 0) return Error{"cannot start a process: " + errno_text(errno)};
  if (command.pid == 0) {
    ::setenv("SUPERVISOR_PID", std::to_string(reader).c_str(), 1);
    ::setenv("SUPERVISOR_PATH", path.c_str(), 1);
    become(argv, command.output.get());
  }
  return command;
}

std::string Command::text() const {
  std::string all;
  char part[1 << 16];
  ssize_t length = 0;
  while ((length = ::pread(output.get(), part, sizeof part, static_cast<off_t>(all.size()))) > 0) {
    all.append(part, static_cast<std::size_t>(length));
  }
  return all;
}

}  // namespace testbed::supervisor
