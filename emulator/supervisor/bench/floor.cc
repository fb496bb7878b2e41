#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "measure.h"

namespace bench {
namespace {

// openat stops, everything else runs.
bool install_filter() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{.len = sizeof code / sizeof code[0], .filter = code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
                          PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;

int wait_and_let_go(pid_t first) {
  while (true) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, __WALL);
    if (pid < 0) return 1;
    if (!WIFSTOPPED(status)) {
      if (pid == first) return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
      continue;
    }
    const int number = WSTOPSIG(status);
    const bool signal = status >> 16 == 0 && number != SIGTRAP && number != SIGSTOP;
    ::ptrace(PTRACE_CONT, pid, nullptr, signal ? number : 0);
  }
}

}  // namespace

int run_floor(char** argv) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::raise(SIGSTOP);
    if (!install_filter()) ::_exit(126);
    ::execvp(argv[0], argv);
    ::_exit(127);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, WUNTRACED) != pid ||
      ::ptrace(PTRACE_SEIZE, pid, nullptr, kOptions) != 0)
    return std::perror("floor"), 77;
  ::kill(pid, SIGCONT);
  return wait_and_let_go(pid);
}

}  // namespace bench
