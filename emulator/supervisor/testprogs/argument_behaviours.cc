#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <thread>

#include "emulator/supervisor/testprogs/behaviours.h"

namespace testbed::behaviours {
namespace {

constexpr std::size_t kPage = 4096;

std::string opened(const char* path) {
  const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
  if (fd < 0) return strerrorname_np(errno);
  ::close(static_cast<int>(fd));
  return "OK";
}

void expect_text(const std::string& seen, const std::string& wanted, const char* what) {
  expect(seen == wanted, std::string(what) + ": " + seen + ", not " + wanted);
}

}  // namespace

// Two pages, the second of which is not there.
void bad_pointers(const Arguments& args) {
  const std::string file = args.at(0) + "/f";
  auto* const pages = static_cast<char*>(
      ::mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::munmap(pages + kPage, kPage);
  expect_text(opened(nullptr), "EFAULT", "no pointer");
  expect_text(opened(reinterpret_cast<char*>(1)), "EFAULT", "a small number");
  expect_text(opened(reinterpret_cast<char*>(-4096L)), "EFAULT", "an address of the kernel");
  expect_text(opened(pages + kPage), "EFAULT", "an unmapped page");
  char* const fits = pages + kPage - file.size() - 1;
  std::strcpy(fits, file.c_str());
  expect_text(opened(fits), "OK", "a path that ends with its page");
  char* const open_end = pages + kPage - file.size();
  std::memcpy(open_end, file.data(), file.size());
  expect_text(opened(open_end), "EFAULT", "a path without an end");
  struct statfs about {};
  expect(::syscall(SYS_statfs, args.at(0).c_str(), pages + kPage) < 0 && errno == EFAULT,
         "statfs to an unmapped page");
  const int fd = ::open(args.at(0).c_str(), O_RDONLY);
  expect(::syscall(SYS_fstatfs, fd, pages + kPage - 8) < 0 && errno == EFAULT,
         "fstatfs across the end of a page");
  ::mprotect(pages, kPage, PROT_READ);
  expect(::syscall(SYS_fstatfs, fd, pages) < 0 && errno == EFAULT, "fstatfs to a page to read");
  expect(::fstatfs(fd, &about) == 0, "fstatfs");
  expect(::syscall(SYS_fstatfs, 999, &about) < 0 && errno == EBADF, "fstatfs of no descriptor");
}

void long_paths(const Arguments& args) {
  const std::string file = args.at(0) + "/f";
  std::string longest = args.at(0);
  while (longest.size() + 4 < PATH_MAX - 1) longest += "/.";
  while (longest.size() + 2 < PATH_MAX - 1) longest += "/";
  longest += "/f";
  expect(longest.size() == PATH_MAX - 1, "the test: " + std::to_string(longest.size()));
  expect_text(opened(longest.c_str()), "OK", "4095 bytes");
  expect_text(opened(("/" + longest).c_str()), "ENAMETOOLONG", "4096 bytes");
  expect_text(opened((args.at(0) + "/" + std::string(300, 'x')).c_str()), "ENAMETOOLONG",
              "a name of 300 bytes");
  expect_text(opened(""), "ENOENT", "an empty path");
  expect_text(opened((file + "/").c_str()), "ENOTDIR", "a file with a slash");
}

// A 32-bit call and an x32 call with numbers that mean openat there: refused, not mistaken.
void other_abis(const Arguments& args) {
  const long x32 = ::syscall(0x40000000 | SYS_openat, AT_FDCWD, args.at(0).c_str(), O_RDONLY, 0);
  expect(x32 < 0 && errno == ENOSYS, "x32 openat: " + std::to_string(x32));
  const pid_t pid = ::fork();
  if (pid == 0) {
    auto* const low = static_cast<char*>(::mmap(nullptr, kPage, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
    std::strcpy(low, args.at(0).c_str());
    long result = 5;  // open
    asm volatile("int $0x80"
                 : "+a"(result)
                 : "b"(low), "c"(O_RDONLY), "d"(0)
                 : "memory", "r8", "r9", "r10", "r11");
    ::_exit(result == -ENOSYS ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  // A kernel without 32-bit calls ends who makes one.
  expect(status == 0 || WIFSIGNALED(status), "32-bit open: status " + std::to_string(status));
}

void nested_tracing(const Arguments&) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const bool refused = ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0 && errno == EPERM;
    ::usleep(50'000);
    ::_exit(refused ? 0 : 1);
  }
  expect(::ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) < 0 && errno == EPERM, "PTRACE_ATTACH");
  expect(::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) < 0 && errno == EPERM, "PTRACE_SEIZE");
  int status = 0;
  ::waitpid(pid, &status, 0);
  expect(status == 0, "PTRACE_TRACEME");
}

// One of the two, or nothing: never a crash, never a mixture.
void shared_path(const Arguments& args) {
  std::vector<char> path(4096, '\0');
  std::strcpy(path.data(), args.at(0).c_str());
  std::atomic<bool> end = false;
  const std::jthread changer([&] {
    for (bool other = false; !end; other = !other) {
      std::strcpy(path.data(), args.at(other ? 1 : 0).c_str());
    }
  });
  for (int i = 0; i < 500; ++i) {
    const int fd = ::open(path.data(), O_RDONLY);
    if (fd >= 0) ::close(fd);
    if (fd < 0 && !expect(errno == ENOENT || errno == ENOTDIR, strerrorname_np(errno))) break;
  }
  end = true;
}

namespace {

std::string type_of(int fd) {
  struct statfs about {};
  if (::fstatfs(fd, &about) != 0) return strerrorname_np(errno);
  char text[32];
  std::snprintf(text, sizeof text, "%lx", static_cast<unsigned long>(about.f_type));
  return text;
}

int sent_through_socket(int fd) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return -1;
  char byte = 'x';
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (::sendmsg(ends[0], &message, 0) != 1 || ::recvmsg(ends[1], &message, 0) != 1) return -1;
  int received = -1;
  std::memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof received);
  return received;
}

}  // namespace

void descriptors(const Arguments& args) {
  const int fd = ::open(args.at(0).c_str(), O_RDONLY);
  const int other = ::open("/dev/null", O_RDONLY);
  expect_text(type_of(fd), args.at(1), "as opened");
  expect_text(type_of(::dup(fd)), args.at(1), "a duplicate");
  expect_text(type_of(sent_through_socket(fd)), args.at(1), "sent through a socket");
  const int place = ::dup(other);
  expect(type_of(place) != args.at(1), "another file");
  ::dup2(fd, place);
  expect_text(type_of(place), args.at(1), "the number of another file");
  ::dup2(other, fd);
  expect(type_of(fd) != args.at(1), "the number, reused");
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(type_of(place) == args.at(1) ? 0 : 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  expect(status == 0, "in a child");
}

}  // namespace testbed::behaviours
