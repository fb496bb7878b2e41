#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <span>
#include <string>

namespace testbed::supervisor {

using Registers = user_regs_struct;

// How the memory of a tracee can be reached; each kernel has some of them. Found out at start.
struct MemoryWays {
  bool vm_calls = false;  // process_vm_readv(2), process_vm_writev(2)
  bool mem_read = false;  // /proc/TID/mem
  bool mem_write = false;
};

// The memory of stopped threads, by the first way that works: process_vm_*, /proc/TID/mem,
// PTRACE_PEEKDATA and POKEDATA. Errors are the kernel's for a bad pointer: EFAULT.
class TraceeMemory {
 public:
  explicit TraceeMemory(MemoryWays ways) : ways_(ways) {}

  // All of it, or an errno.
  int read(pid_t tid, std::uint64_t address, std::span<char> to) const;
  int write(pid_t tid, std::uint64_t address, std::span<const char> from) const;

  // A path as the kernel would take it (getname in fs/namei.c): up to PATH_MAX bytes with the NUL.
  // 0, EFAULT or ENAMETOOLONG.
  int read_path(pid_t tid, std::uint64_t address, std::string& path) const;

 private:
  // As many bytes as can be had, at least one; or 0.
  std::size_t read_some(pid_t tid, std::uint64_t address, std::span<char> to) const;

  MemoryWays ways_;
};

bool get_registers(pid_t tid, Registers& registers);
bool set_registers(pid_t tid, const Registers& registers);

// A stopped thread takes what signals have come for it since it stopped: taken away from it and
// given back, its mask of signals makes gVisor look for them (setSignalMaskLocked in
// pkg/sentry/kernel/task_signals.go).
void notice_signals(pid_t tid);

// The six arguments of a call, in its order.
void get_arguments(const Registers& registers, std::uint64_t (&args)[6]);
void set_argument(Registers& registers, int index, std::uint64_t value);

}  // namespace testbed::supervisor
