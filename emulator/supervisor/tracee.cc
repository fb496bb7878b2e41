#include "emulator/supervisor/tracee.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "emulator/supervisor/scratch.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::supervisor {
namespace {

constexpr std::size_t kPage = 4096, kWord = sizeof(long);

void* pointer(std::uint64_t address) {
  void* result = nullptr;
  std::memcpy(&result, &address, sizeof result);
  return result;
}

UniqueFd open_memory(pid_t tid, int flags) {
  const std::string path = "/proc/" + std::to_string(tid) + "/mem";
  return UniqueFd(::open(path.c_str(), flags | O_CLOEXEC));
}

bool peek(pid_t tid, std::uint64_t address, long& word) {
  errno = 0;
  word = ::ptrace(PTRACE_PEEKDATA, tid, pointer(address), nullptr);
  return errno == 0;
}

std::size_t peek_some(pid_t tid, std::uint64_t address, std::span<char> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const std::uint64_t start = address + done, aligned = start & ~std::uint64_t{kWord - 1};
    long word = 0;
    if (!peek(tid, aligned, word)) break;
    char bytes[kWord];
    std::memcpy(bytes, &word, kWord);
    const std::size_t skip = start - aligned, some = std::min(kWord - skip, to.size() - done);
    std::memcpy(to.data() + done, bytes + skip, some);
    done += some;
  }
  return done;
}

bool poke_all(pid_t tid, std::uint64_t address, std::span<const char> from) {
  for (std::size_t done = 0; done < from.size();) {
    const std::uint64_t start = address + done, aligned = start & ~std::uint64_t{kWord - 1};
    const std::size_t skip = start - aligned, some = std::min(kWord - skip, from.size() - done);
    long word = 0;
    if (some < kWord && !peek(tid, aligned, word)) return false;
    char bytes[kWord];
    std::memcpy(bytes, &word, kWord);
    std::memcpy(bytes + skip, from.data() + done, some);
    std::memcpy(&word, bytes, kWord);
    if (::ptrace(PTRACE_POKEDATA, tid, pointer(aligned), word) != 0) return false;
    done += some;
  }
  return true;
}

// Both other ways than process_vm_writev write to pages that the program itself may only read.
// Our own mapping needs no look.
bool may_write(pid_t tid, std::uint64_t address, std::size_t size) {
  if (address >= scratch::kHint && address + size <= scratch::kHint + scratch::kSize) return true;
  std::ifstream maps("/proc/" + std::to_string(tid) + "/maps");
  std::uint64_t next = address;  // up to here all may be written
  for (std::string line; next < address + size && std::getline(maps, line);) {
    std::uint64_t start = 0, end = 0;
    char mode[8] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %7s", &start, &end, mode) != 3) continue;
    if (start <= next && next < end && mode[1] == 'w') next = end;
  }
  return next >= address + size;
}

}  // namespace

std::size_t TraceeMemory::read_some(pid_t tid, std::uint64_t address, std::span<char> to) const {
  if (ways_.vm_calls) {
    const iovec local{.iov_base = to.data(), .iov_len = to.size()};
    const iovec remote{.iov_base = pointer(address), .iov_len = to.size()};
    const ssize_t done = ::process_vm_readv(tid, &local, 1, &remote, 1, 0);
    if (done > 0) return static_cast<std::size_t>(done);
    // EPERM: of a process that may not be dumped; the tracer may still peek.
    if (errno != EPERM && errno != ENOSYS) return 0;
  }
  if (ways_.mem_read && to.size() > kWord) {
    const UniqueFd memory = open_memory(tid, O_RDONLY);
    const ssize_t done =
        memory.valid() ? ::pread(memory.get(), to.data(), to.size(), static_cast<off_t>(address))
                       : -1;
    if (done > 0) return static_cast<std::size_t>(done);
  }
  return peek_some(tid, address, to);
}

int TraceeMemory::read(pid_t tid, std::uint64_t address, std::span<char> to) const {
  while (!to.empty()) {
    const std::size_t done = read_some(tid, address, to);
    if (done == 0) return EFAULT;
    to = to.subspan(done);
    address += done;
  }
  return 0;
}

int TraceeMemory::write(pid_t tid, std::uint64_t address, std::span<const char> from) const {
  if (from.empty()) return 0;
  if (ways_.vm_calls) {
    const iovec local{.iov_base = const_cast<char*>(from.data()), .iov_len = from.size()};
    const iovec remote{.iov_base = pointer(address), .iov_len = from.size()};
    const ssize_t done = ::process_vm_writev(tid, &local, 1, &remote, 1, 0);
    if (done == static_cast<ssize_t>(from.size())) return 0;
    if (done >= 0 || (errno != EPERM && errno != ENOSYS)) return EFAULT;
  }
  if (!may_write(tid, address, from.size())) return EFAULT;
  if (ways_.mem_write) {
    const UniqueFd memory = open_memory(tid, O_WRONLY);
    if (memory.valid() &&
        ::pwrite(memory.get(), from.data(), from.size(), static_cast<off_t>(address)) ==
            static_cast<ssize_t>(from.size())) {
      return 0;
    }
  }
  return poke_all(tid, address, from) ? 0 : EFAULT;
}

int TraceeMemory::read_path(pid_t tid, std::uint64_t address, std::string& path) const {
  path.clear();
  char part[kPage];
  while (path.size() < PATH_MAX) {
    // To the end of the page, so that one unmapped behind it does no harm; short at first, since
    // paths are, and longer ones are rare.
    const std::size_t to_page_end = kPage - address % kPage;
    const std::size_t wanted = path.empty() ? 256 : kPage;
    const std::size_t done =
        read_some(tid, address, {part, std::min({to_page_end, wanted, PATH_MAX - path.size()})});
    if (done == 0) return EFAULT;
    const char* const end = static_cast<const char*>(std::memchr(part, 0, done));
    path.append(part, end != nullptr ? static_cast<std::size_t>(end - part) : done);
    if (end != nullptr) return 0;
    address += done;
  }
  return ENAMETOOLONG;
}

bool get_registers(pid_t tid, Registers& registers) {
  return ::ptrace(PTRACE_GETREGS, tid, nullptr, &registers) == 0;
}

bool set_registers(pid_t tid, const Registers& registers) {
  return ::ptrace(PTRACE_SETREGS, tid, nullptr, &registers) == 0;
}

void notice_signals(pid_t tid) {
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  std::uint64_t mask = 0, all = kAll;
  void* const size = pointer(sizeof mask);
  if (::ptrace(PTRACE_GETSIGMASK, tid, size, &mask) != 0) return;
  if (::ptrace(PTRACE_SETSIGMASK, tid, size, &all) != 0) return;
  ::ptrace(PTRACE_SETSIGMASK, tid, size, &mask);
}

void get_arguments(const Registers& registers, std::uint64_t (&args)[6]) {
  const std::uint64_t all[6] = {registers.rdi, registers.rsi, registers.rdx,
                                registers.r10, registers.r8,  registers.r9};
  std::copy(all, all + 6, args);
}

void set_argument(Registers& registers, int index, std::uint64_t value) {
  unsigned long long* const all[6] = {&registers.rdi, &registers.rsi, &registers.rdx,
                                      &registers.r10, &registers.r8,  &registers.r9};
  *all[index] = value;
}

}  // namespace testbed::supervisor
