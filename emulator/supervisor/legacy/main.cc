// The tracer one writes first, kept as a negative fixture: it stops its program at every system
// call and lets the kernel attach it to every new thread and process, but waits for the one process
// that it started. Whatever the kernel attached stands in its first stop for ever. A project that
// ran k3s under such a tracer saw a hang and took it for the price of ptrace(2).
//
// Nothing is built on this; see README.md for what it is compared with.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kUsage = 64, kInternal = 70, kNotPermitted = 77;
constexpr std::size_t kPathLimit = 4096;  // PATH_MAX of Linux

struct Rules {
  std::string from, to;  // of paths: a literal beginning
  long type = 0;         // what statfs(2) says, whatever the path; 0: as it is
  bool verbose = false;  // print what was changed
  bool resumes_twice = false;
};

struct TypeName {
  std::string_view name;
  long type;
};
// statfs(2)
constexpr TypeName kTypes[] = {{"ext4", 0xEF53},        {"tmpfs", 0x01021994},
                               {"9p", 0x01021997},      {"cgroup", 0x27e0eb},
                               {"cgroup2", 0x63677270}, {"overlay", 0x794c7630}};

bool set_type(Rules& rules, std::string_view name) {
  for (const TypeName& row : kTypes) {
    if (row.name == name) rules.type = row.type;
  }
  return rules.type != 0;
}

// `redirect A -> B` and `statfs PATH as TYPE`. PATH is not looked at: the origin did not either.
bool add_rule(Rules& rules, std::string_view rule) {
  if (rule.starts_with("redirect ")) {
    const std::size_t arrow = rule.find(" -> ");
    if (arrow == std::string_view::npos) return false;
    rules.from = rule.substr(9, arrow - 9);
    rules.to = rule.substr(arrow + 4);
    return true;
  }
  const std::size_t as = rule.rfind(" as ");
  return rule.starts_with("statfs ") && as != std::string_view::npos &&
         set_type(rules, rule.substr(as + 4));
}

// A word at a time, which works in every kernel.
bool read_memory(pid_t pid, unsigned long address, char* into, std::size_t size) {
  for (std::size_t done = 0; done < size; done += sizeof(long)) {
    errno = 0;
    const long word = ::ptrace(PTRACE_PEEKDATA, pid, address + done, nullptr);
    if (errno != 0) return false;
    std::memcpy(into + done, &word, std::min(sizeof word, size - done));
  }
  return true;
}

bool write_memory(pid_t pid, unsigned long address, const char* from, std::size_t size) {
  for (std::size_t done = 0; done < size; done += sizeof(long)) {
    long word = 0;
    std::memcpy(&word, from + done, std::min(sizeof word, size - done));
    if (::ptrace(PTRACE_POKEDATA, pid, address + done, word) != 0) return false;
  }
  return true;
}

std::string read_path(pid_t pid, unsigned long address) {
  std::string path;
  char word[sizeof(long)];
  while (address != 0 && path.size() < kPathLimit &&
         read_memory(pid, address + path.size(), word, sizeof word)) {
    path.append(word, sizeof word);
    const std::size_t end = path.find('\0');
    if (end != std::string::npos) return path.substr(0, end);
  }
  return "";
}

// The new path is written over the old one, also where it is longer: what lay behind it is lost.
// The origin did so too.
void at_entry(const Rules& rules, pid_t pid, const user_regs_struct& registers) {
  const bool open = registers.orig_rax == SYS_open;
  if (rules.from.empty() || (!open && registers.orig_rax != SYS_openat)) return;
  const unsigned long address = open ? registers.rdi : registers.rsi;
  const std::string path = read_path(pid, address);
  if (!path.starts_with(rules.from)) return;
  const std::string changed = rules.to + path.substr(rules.from.size());
  write_memory(pid, address, changed.c_str(), changed.size() + 1);
  if (rules.verbose)
    std::fprintf(stderr, "supervisor-legacy: %s -> %s\n", path.c_str(), changed.c_str());
}

void at_exit(const Rules& rules, pid_t pid, const user_regs_struct& registers) {
  const bool asked = registers.orig_rax == SYS_statfs || registers.orig_rax == SYS_fstatfs;
  if (!asked || rules.type == 0 || static_cast<long>(registers.rax) < 0) return;
  char bytes[sizeof(struct statfs)];
  struct statfs answer {};
  if (!read_memory(pid, registers.rsi, bytes, sizeof bytes)) return;
  std::memcpy(&answer, bytes, sizeof answer);
  answer.f_type = rules.type;
  std::memcpy(bytes, &answer, sizeof bytes);
  write_memory(pid, registers.rsi, bytes, sizeof bytes);
}

int failed(const char* call) {
  std::fprintf(stderr, "supervisor-legacy: %s: %s\n", call, std::strerror(errno));
  return errno == EPERM ? kNotPermitted : kInternal;
}

// The loop of the origin, its two mistakes included. It waits for `pid` alone: that is the first.
// With --resume-twice it also resumes a stop that is not a system call's, such as the event of a
// new thread, and then resumes the running process once more, which fails with ESRCH; it leaves,
// and what it had stopped stays stopped.
int trace(const Rules& rules, pid_t pid) {
  bool entry = true;
  int status = 0;
  int signal_to_deliver = 0;
  while (true) {
    if (::ptrace(PTRACE_SYSCALL, pid, nullptr, signal_to_deliver) != 0)
      return failed("ptrace(PTRACE_SYSCALL)");
    signal_to_deliver = 0;
    if (::waitpid(pid, &status, 0) < 0) return failed("waitpid");
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
      user_regs_struct registers{};
      if (::ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) return failed("ptrace(GETREGS)");
      entry ? at_entry(rules, pid, registers) : at_exit(rules, pid, registers);
      entry = !entry;
    } else if (rules.resumes_twice) {
      if (::ptrace(PTRACE_SYSCALL, pid, nullptr, WSTOPSIG(status)) != 0)
        return failed("ptrace(PTRACE_SYSCALL)");
    } else if (status >> 16 == 0) {
      signal_to_deliver = WSTOPSIG(status);
    }
  }
}

int run(const Rules& rules, char** argv) {
  const pid_t pid = ::fork();
  if (pid < 0) return failed("fork");
  if (pid == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(failed("ptrace(TRACEME)"));
    ::execvp(argv[0], argv);
    ::_exit(failed("execvp"));
  }
  int status = 0;
  if (::waitpid(pid, &status, 0) < 0) return failed("waitpid");
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  // No PTRACE_O_EXITKILL: tracees outlive this program, as they did in the origin.
  if (::ptrace(PTRACE_SETOPTIONS, pid, nullptr,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE) != 0)
    return failed("ptrace(SETOPTIONS)");
  return trace(rules, pid);
}

constexpr const char* kHelp =
    "usage: supervisor-legacy [-v] [--resume-twice] [--rule TEXT]... [--] PROGRAM [ARG...]\n"
    "A tracer that hangs every program with threads or children, kept to be diagnosed.\n"
    "\n"
    "  --rule 'redirect A -> B'        open and openat of paths that begin with A (the last such\n"
    "                                  rule counts)\n"
    "  --rule 'statfs PATH as TYPE'    every statfs and fstatfs says TYPE, whatever its path: "
    "ext4,\n"
    "                                  tmpfs, 9p, cgroup, cgroup2, overlay\n"
    "  --resume-twice                  resume once too often after a stop that is not a system "
    "call's\n"
    "  -v, --verbose                   print each redirection on standard error\n"
    "\n"
    "Exit codes: that of the program, 128 + N if signal N ended it; 64 usage, 70 a call failed,\n"
    "77 tracing is not permitted.\n"
    "\n"
    "example: supervisor-legacy --rule 'statfs / as ext4' stat -f /\n";

}  // namespace

int main(int argc, char** argv) {
  Rules rules;
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; ++at) {
    const std::string_view option = argv[at];
    if (option == "--") {
      ++at;
      break;
    }
    if (option == "--help") return std::fputs(kHelp, stdout), 0;
    if (option == "-v" || option == "--verbose") {
      rules.verbose = true;
    } else if (option == "--resume-twice") {
      rules.resumes_twice = true;
    } else if (option != "--rule" || at + 1 == argc || !add_rule(rules, argv[++at])) {
      return std::fprintf(stderr, "supervisor-legacy: not understood: %s; see --help\n", argv[at]),
             kUsage;
    }
  }
  if (at == argc) return std::fputs(kHelp, stderr), kUsage;
  return run(rules, argv + at);
}
