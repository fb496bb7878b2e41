#include "emulator/supervisor/launch.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/subprocess.h"

namespace testbed::supervisor {
namespace {

constexpr int kExitNotFound = 127, kExitNotExecutable = 126;  // as shells say it

[[noreturn]] void become(const std::vector<std::string>& argv, std::vector<sock_filter>& filter,
                         int go_fd, int failure_fd) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  char go = 0;
  if (::read(go_fd, &go, 1) != 1) ::_exit(kExitNotExecutable);
  ::prctl(PR_SET_PDEATHSIG, 0);  // from here on EXITKILL does it
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  LaunchFailure message{LaunchFailure::Filter, install_filter(filter)};
  if (message.error == 0) {
    ::execvp(words[0], words.data());
    message = {LaunchFailure::Exec, errno};
  }
  [[maybe_unused]] const ssize_t written = ::write(failure_fd, &message, sizeof message);
  ::_exit(message.error == ENOENT ? kExitNotFound : kExitNotExecutable);
}

Launched refused(int exit_code, std::string message) {
  return {.refusal = {exit_code, std::move(message)}};
}

}  // namespace

int install_filter(std::vector<sock_filter>& filter) {
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = filter.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) return 0;
  if (errno != EACCES) return errno;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}

Launched launch(const std::vector<std::string>& argv, std::vector<sock_filter> filter) {
  auto go = Pipe::make();
  auto failure = Pipe::make();
  if (!go || !failure) return refused(70, "cannot make a pipe: " + errno_text(errno));
  const pid_t pid = ::fork();
  if (pid < 0) return refused(70, "cannot start a process: " + errno_text(errno));
  if (pid == 0) {
    go->write.reset();
    become(argv, filter, go->read.get(), failure->write.get());
  }
  if (::ptrace(PTRACE_SEIZE, pid, nullptr, kTraceOptions) != 0) {
    const int error = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return refused(77, "may not trace a process: " + errno_text(error) +
                           "; a supervisor inside another tracer, or a sandbox without ptrace "
                           "(Docker: --cap-add SYS_PTRACE)");
  }
  if (::write(go->write.get(), "g", 1) != 1) return refused(70, "the child is gone");
  return {.pid = pid, .failure = std::move(failure->read)};
}

}  // namespace testbed::supervisor
