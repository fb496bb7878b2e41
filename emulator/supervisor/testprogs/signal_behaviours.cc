#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <thread>

#include "emulator/supervisor/testprogs/behaviours.h"

namespace testbed::behaviours {
namespace {

std::atomic<int> handled = 0, bad = 0;
const char* handler_path = nullptr;

// Opens what the interrupted code opens as well.
void open_in_handler(int) {
  const int before = errno;
  ++handled;
  if (handler_path != nullptr) {
    const int fd = ::open(handler_path, O_RDONLY);
    if (fd < 0) ++bad;
    if (fd >= 0) ::close(fd);
  }
  errno = before;
}

void handle(int signal, int flags) {
  struct sigaction action {};
  action.sa_handler = open_in_handler;
  action.sa_flags = flags;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

// openat by hand, every register loaded before and looked at afterwards.
void registers(const Arguments& args) {
  const std::uint64_t path = reinterpret_cast<std::uintptr_t>(args.at(0).c_str());
  std::uint64_t in[13] = {SYS_openat,
                          static_cast<std::uint64_t>(AT_FDCWD),
                          path,
                          O_RDONLY,
                          0x10101010u,
                          0x08080808u,
                          0x09090909u,
                          0xb0b0b0b0u,
                          0x12121212u,
                          0x13131313u,
                          0x14141414u,
                          0x15151515u,
                          0};
  std::uint64_t out[13] = {};
  for (int round = 0; round < 100; ++round) {
    asm volatile(R"(
        pushq %%rbx
        pushq %%rbp
        pushq %[out]
        movq %[in], %%rbp
        movq 0(%%rbp), %%rax
        movq 8(%%rbp), %%rdi
        movq 16(%%rbp), %%rsi
        movq 24(%%rbp), %%rdx
        movq 32(%%rbp), %%r10
        movq 40(%%rbp), %%r8
        movq 48(%%rbp), %%r9
        movq 56(%%rbp), %%rbx
        movq 64(%%rbp), %%r12
        movq 72(%%rbp), %%r13
        movq 80(%%rbp), %%r14
        movq 88(%%rbp), %%r15
        syscall
        popq %%rbp
        movq %%rax, 0(%%rbp)
        movq %%rdi, 8(%%rbp)
        movq %%rsi, 16(%%rbp)
        movq %%rdx, 24(%%rbp)
        movq %%r10, 32(%%rbp)
        movq %%r8, 40(%%rbp)
        movq %%r9, 48(%%rbp)
        movq %%rbx, 56(%%rbp)
        movq %%r12, 64(%%rbp)
        movq %%r13, 72(%%rbp)
        movq %%r14, 80(%%rbp)
        movq %%r15, 88(%%rbp)
        popq %%rbp
        popq %%rbx
    )"
                 :
                 : [in] "r"(&in[0]), [out] "r"(&out[0])
                 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                   "r15", "memory");
    const auto fd = static_cast<std::int64_t>(out[0]);
    if (!expect(fd >= 0, "openat: errno " + std::to_string(-fd))) return;
    ::close(static_cast<int>(fd));
    for (int i = 1; i < 12; ++i) {
      if (!expect(in[i] == out[i], "register " + std::to_string(i) + " is another")) return;
    }
  }
}

void signals(const Arguments& args) {
  handler_path = args.at(0).c_str();
  handle(SIGALRM, SA_RESTART);
  const itimerval often{.it_interval = {0, 10'000}, .it_value = {0, 10'000}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  int rounds = 0;
  for (; std::chrono::steady_clock::now() < until; ++rounds) {
    const std::string line = first_line(args.at(0).c_str());
    if (!expect(line == args.at(1), "round " + std::to_string(rounds) + ": " + line)) break;
  }
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  expect(bad == 0, std::to_string(bad) + " opens in the handler failed");
  expect(handled > 0 && rounds > 0, "nothing happened");
}

void interrupted_open(const Arguments& args) {
  const char* const fifo = args.at(0).c_str();
  expect(::mkfifo(fifo, 0600) == 0 || errno == EEXIST, "mkfifo");
  const pthread_t opener = ::pthread_self();
  const auto signal_soon = [&] {
    ::usleep(50'000);
    ::pthread_kill(opener, SIGUSR1);
  };
  handle(SIGUSR1, 0);
  {
    const std::jthread other(signal_soon);
    const int fd = ::open(fifo, O_RDONLY);
    expect(fd < 0 && errno == EINTR, "an open is interrupted: " + std::to_string(fd));
  }
  handle(SIGUSR1, SA_RESTART);
  {
    const std::jthread other([&] {
      signal_soon();
      signal_soon();
      ::kill(::getpid(), SIGWINCH);  // ignored by default
      ::usleep(50'000);
      const int fd = ::open(fifo, O_WRONLY);
      [[maybe_unused]] const ssize_t written = ::write(fd, "x", 1);
      ::close(fd);
    });
    const int fd = ::open(fifo, O_RDONLY);
    char c = 0;
    expect(fd >= 0 && ::read(fd, &c, 1) == 1 && c == 'x', "an open is started again");
    ::close(fd);
  }
  expect(handled == 3, "handlers ran " + std::to_string(handled) + " times");
}

}  // namespace testbed::behaviours
