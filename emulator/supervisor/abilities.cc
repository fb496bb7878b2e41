#include "emulator/supervisor/abilities.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "emulator/supervisor/bpf_filter.h"
#include "emulator/supervisor/launch.h"
#include "emulator/supervisor/wait_status.h"
#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/subprocess.h"

namespace testbed::supervisor {
namespace {

constexpr int kProbeCall = SYS_getppid;
volatile std::uint64_t probe_word = 0x600d;

// The child: it waits to be seized, asks for the call that the filter stops at, and ends.
[[noreturn]] void be_probed(int go_fd) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<sock_filter> filter = seccomp_filter({.traced = {kProbeCall}});
  char go = 0;
  if (::read(go_fd, &go, 1) != 1) ::_exit(1);
  const int error = install_filter(filter);
  if (error != 0) ::_exit(error);
  ::syscall(kProbeCall);
  ::_exit(0);
}

Event wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, __WALL) < 0) {
    if (errno != EINTR) return {Event::Kind::Killed, 0};
  }
  return decode_wait_status(status);
}

bool is_end(const Event& event) {
  return event.kind == Event::Kind::Exited || event.kind == Event::Kind::Killed;
}

// The address is that of our own variable: the child is a copy of us.
MemoryWays try_memory(pid_t pid) {
  MemoryWays ways;
  std::uint64_t word = 0;
  auto* const address = const_cast<std::uint64_t*>(&probe_word);
  const iovec local{.iov_base = &word, .iov_len = sizeof word};
  const iovec remote{.iov_base = address, .iov_len = sizeof word};
  ways.vm_calls = ::process_vm_readv(pid, &local, 1, &remote, 1, 0) == sizeof word &&
                  ::process_vm_writev(pid, &local, 1, &remote, 1, 0) == sizeof word;
  const std::string path = "/proc/" + std::to_string(pid) + "/mem";
  const UniqueFd memory(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const auto offset = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(address));
  ways.mem_read = ::pread(memory.get(), &word, sizeof word, offset) == sizeof word;
  ways.mem_write =
      ways.mem_read && ::pwrite(memory.get(), &word, sizeof word, offset) == sizeof word;
  return ways;
}

Refusal no_filter(int error) {
  return {69,
          "no seccomp filter can be installed: " + errno_text(error) +
              "; the kernel needs CONFIG_SECCOMP_FILTER, and a container a profile that permits "
              "seccomp(2)"};
}

// The child stands in a stop, and has one more call to make before it ends.
bool loses_signal(pid_t pid) {
  ::kill(pid, SIGUSR1);
  Event event{};
  do {
    ::ptrace(PTRACE_CONT, pid, nullptr, nullptr);
    event = wait_for(pid);
  } while (!is_end(event) && event.kind != Event::Kind::Signal);
  return is_end(event);
}

Probed watch(pid_t pid) {
  Probed probed;
  Event event = wait_for(pid);
  while (!is_end(event) && event.kind != Event::Kind::Seccomp) {
    ::ptrace(PTRACE_CONT, pid, nullptr, nullptr);
    event = wait_for(pid);
  }
  if (event.kind != Event::Kind::Seccomp) {
    probed.refusal = no_filter(event.kind == Event::Kind::Exited ? event.value : 0);
    return probed;
  }
  probed.abilities.memory = try_memory(pid);
  ::ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr);
  event = wait_for(pid);
  Registers registers{};
  if (event.kind == Event::Kind::SyscallStop && get_registers(pid, registers)) {
    probed.abilities.entry_after_seccomp =
        static_cast<std::int64_t>(registers.rax) == -std::int64_t{ENOSYS};
    probed.abilities.loses_signals_in_stops = loses_signal(pid);
  }
  return probed;
}

}  // namespace

std::string Abilities::text() const {
  const char* const way = memory.vm_calls    ? "process_vm_readv"
                          : memory.mem_write ? "/proc/TID/mem"
                                             : "PTRACE_PEEKDATA";
  return std::string("stop order ") +
         (entry_after_seccomp ? "seccomp, entry, exit" : "seccomp, exit") + "; memory by " + way +
         (loses_signals_in_stops ? "; signals that come during a stop are not noticed" : "");
}

Probed probe_abilities() {
  auto go = Pipe::make();
  if (!go) return {.refusal = {70, go.error().message}};
  if (::access("/proc/self/fd", X_OK) != 0) {
    return {.refusal = {69, "/proc is not there; mount it: mount -t proc proc /proc"}};
  }
  const pid_t pid = ::fork();
  if (pid < 0) return {.refusal = {70, "cannot start a process: " + errno_text(errno)}};
  if (pid == 0) {
    go->write.reset();
    be_probed(go->read.get());
  }
  Probed probed;
  if (::ptrace(PTRACE_SEIZE, pid, nullptr, kTraceOptions) != 0) {
    probed.refusal = {77, "may not trace a process: " + errno_text(errno) +
                              "; this runs inside another tracer, or in a container without ptrace "
                              "(docker run --cap-add SYS_PTRACE)"};
  } else if (::write(go->write.get(), "g", 1) == 1) {
    probed = watch(pid);
  }
  ::kill(pid, SIGKILL);
  while (!is_end(wait_for(pid))) {
  }
  return probed;
}

}  // namespace testbed::supervisor
