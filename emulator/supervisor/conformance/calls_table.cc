#include "calls_table.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace conformance {
namespace {

std::string error_name() {
  const char* const name = ::strerrorname_np(errno);
  return name == nullptr ? std::to_string(errno) : name;
}

template <class... Arguments>
long call(long number, Arguments... arguments) {
  return ::syscall(number, arguments...);
}

Answer plain(long result) { return result < 0 ? error_name() : "ok"; }

// Of the file behind a descriptor: its content, or that it is a directory. The content says which
// file it is; the inode's number would differ between the trees that are compared.
Answer what_is_open(long fd) {
  if (fd < 0) return error_name();
  char text[64] = {};
  const ssize_t size = ::read(static_cast<int>(fd), text, sizeof text - 1);
  const Answer answer = size < 0 ? "ok " + error_name() : "ok " + std::string(text);
  ::close(static_cast<int>(fd));
  return answer;
}

Answer of_stat(long result, const struct stat& found) {
  if (result < 0) return error_name();
  const char* const kind = S_ISDIR(found.st_mode)   ? "directory"
                           : S_ISLNK(found.st_mode) ? "link"
                                                    : "file";
  return std::string("ok ") + kind +
         (S_ISDIR(found.st_mode) ? "" : " " + std::to_string(found.st_size));
}

constexpr int kAttributeFlags = 0;
constexpr const char* kAttribute = "user.conformance";

struct Name {
  sockaddr_un address{};
  socklen_t size = 0;
};
bool as_address(const char* path, Name& name) {
  name.address.sun_family = AF_UNIX;
  if (path == nullptr || std::strlen(path) >= sizeof name.address.sun_path) return false;
  std::strcpy(name.address.sun_path, path);
  name.size = sizeof name.address;
  return true;
}

Answer in_child_status(pid_t pid) {
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) < 0) return error_name();
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  if (code == 0) return "ok";
  errno = code;
  return error_name();
}

// A program of the tree ends with 0; where exec fails the child ends with its errno.
template <class Exec>
Answer of_exec(Exec exec) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, 1);
    ::dup2(null, 2);
    exec();
    ::_exit(errno);
  }
  return in_child_status(pid);
}

char* const kArguments[] = {const_cast<char*>("true"), nullptr};
char* const kEnvironment[] = {nullptr};

// A new name beside the given one, in the same directory: what creating calls make.
std::string beside(const char* path) { return std::string(path) + "-new"; }

constexpr std::array kCalls = {
    PathCall{"open", false, false, false,
             [](const Path& p) { return what_is_open(call(SYS_open, p.text, O_RDONLY, 0)); }},
    PathCall{"open O_NOFOLLOW", false, false, false,
             [](const Path& p) {
               return what_is_open(call(SYS_open, p.text, O_RDONLY | O_NOFOLLOW, 0));
             }},
    PathCall{"open O_CREAT", false, true, false,
             [](const Path& p) {
               return what_is_open(call(SYS_open, p.text, O_RDWR | O_CREAT, 0600));
             }},
    PathCall{"open O_CREAT|O_EXCL", false, true, false,
             [](const Path& p) {
               return what_is_open(call(SYS_open, p.text, O_RDWR | O_CREAT | O_EXCL, 0600));
             }},
    PathCall{"open O_PATH", false, false, false,
             [](const Path& p) { return what_is_open(call(SYS_open, p.text, O_PATH, 0)); }},
    PathCall{"openat", true, false, false,
             [](const Path& p) { return what_is_open(call(SYS_openat, p.fd, p.text, O_RDONLY, 0)); }},
    PathCall{"openat2", true, false, false,
             [](const Path& p) {
               open_how how{};
               how.flags = O_RDONLY;
               return what_is_open(call(SYS_openat2, p.fd, p.text, &how, sizeof how));
             }},
    PathCall{"creat", false, true, false,
             [](const Path& p) { return plain(call(SYS_creat, p.text, 0600)); }},
    PathCall{"truncate", false, true, false,
             [](const Path& p) { return plain(call(SYS_truncate, p.text, 1L)); }},
    PathCall{"stat", false, false, false,
             [](const Path& p) {
               struct stat found {};
               return of_stat(call(SYS_stat, p.text, &found), found);
             }},
    PathCall{"lstat", false, false, false,
             [](const Path& p) {
               struct stat found {};
               return of_stat(call(SYS_lstat, p.text, &found), found);
             }},
    PathCall{"newfstatat", true, false, false,
             [](const Path& p) {
               struct stat found {};
               return of_stat(call(SYS_newfstatat, p.fd, p.text, &found, 0), found);
             }},
    PathCall{"newfstatat NOFOLLOW", true, false, false,
             [](const Path& p) {
               struct stat found {};
               return of_stat(call(SYS_newfstatat, p.fd, p.text, &found, AT_SYMLINK_NOFOLLOW),
                              found);
             }},
    PathCall{"statx", true, false, false,
             [](const Path& p) {
               struct statx found {};
               const long result = call(SYS_statx, p.fd, p.text, 0, STATX_SIZE, &found);
               return result < 0 ? error_name() : "ok " + std::to_string(found.stx_size);
             }},
    PathCall{"access", false, false, false,
             [](const Path& p) { return plain(call(SYS_access, p.text, R_OK)); }},
    PathCall{"faccessat", true, false, false,
             [](const Path& p) { return plain(call(SYS_faccessat, p.fd, p.text, R_OK)); }},
    PathCall{"faccessat2", true, false, false,
             [](const Path& p) { return plain(call(SYS_faccessat2, p.fd, p.text, R_OK, 0)); }},
    PathCall{"readlink", false, false, false,
             [](const Path& p) {
               char text[256] = {};
               const long size = call(SYS_readlink, p.text, text, sizeof text - 1);
               return size < 0 ? error_name() : "ok " + std::string(text);
             }},
    PathCall{"readlinkat", true, false, false,
             [](const Path& p) {
               char text[256] = {};
               const long size = call(SYS_readlinkat, p.fd, p.text, text, sizeof text - 1);
               return size < 0 ? error_name() : "ok " + std::string(text);
             }},
    PathCall{"statfs", false, false, false,
             [](const Path& p) {
               struct statfs found {};
               return plain(call(SYS_statfs, p.text, &found));
             }},
    PathCall{"chdir and getcwd", false, true, true,
             [](const Path& p) {
               char text[4096] = {};
               if (call(SYS_chdir, p.text) < 0) return error_name();
               return call(SYS_getcwd, text, sizeof text) < 0 ? error_name()
                                                              : "ok " + std::string(text);
             }},
    PathCall{"chmod", false, true, false,
             [](const Path& p) { return plain(call(SYS_chmod, p.text, 0700)); }},
    PathCall{"fchmodat", true, true, false,
             [](const Path& p) { return plain(call(SYS_fchmodat, p.fd, p.text, 0700)); }},
    PathCall{"chown", false, true, false,
             [](const Path& p) { return plain(call(SYS_chown, p.text, 0, 0)); }},
    PathCall{"lchown", false, true, false,
             [](const Path& p) { return plain(call(SYS_lchown, p.text, 0, 0)); }},
    PathCall{"fchownat", true, true, false,
             [](const Path& p) { return plain(call(SYS_fchownat, p.fd, p.text, 0, 0, 0)); }},
    PathCall{"utime", false, true, false,
             [](const Path& p) { return plain(call(SYS_utime, p.text, nullptr)); }},
    PathCall{"utimes", false, true, false,
             [](const Path& p) { return plain(call(SYS_utimes, p.text, nullptr)); }},
    PathCall{"futimesat", true, true, false,
             [](const Path& p) { return plain(call(SYS_futimesat, p.fd, p.text, nullptr)); }},
    PathCall{"utimensat", true, true, false,
             [](const Path& p) { return plain(call(SYS_utimensat, p.fd, p.text, nullptr, 0)); }},
    PathCall{"mkdir", false, true, false,
             [](const Path& p) { return plain(call(SYS_mkdir, p.text, 0700)); }},
    PathCall{"mkdirat", true, true, false,
             [](const Path& p) { return plain(call(SYS_mkdirat, p.fd, p.text, 0700)); }},
    PathCall{"mknod", false, true, false,
             [](const Path& p) { return plain(call(SYS_mknod, p.text, S_IFIFO | 0600, 0)); }},
    PathCall{"mknodat", true, true, false,
             [](const Path& p) {
               return plain(call(SYS_mknodat, p.fd, p.text, S_IFIFO | 0600, 0));
             }},
    PathCall{"rmdir", false, true, false,
             [](const Path& p) { return plain(call(SYS_rmdir, p.text)); }},
    PathCall{"unlink", false, true, false,
             [](const Path& p) { return plain(call(SYS_unlink, p.text)); }},
    PathCall{"unlinkat", true, true, false,
             [](const Path& p) { return plain(call(SYS_unlinkat, p.fd, p.text, 0)); }},
    PathCall{"rename from", false, true, false,
             [](const Path& p) {
               return p.text == nullptr || p.text[0] == '\0'
                          ? plain(call(SYS_rename, p.text, "x"))
                          : plain(call(SYS_rename, p.text, beside(p.text).c_str()));
             }},
    PathCall{"renameat to", true, true, false,
             [](const Path& p) {
               ::close(::open("shown/source", O_CREAT | O_RDWR | O_CLOEXEC, 0600));
               return plain(call(SYS_renameat, AT_FDCWD, "shown/source", p.fd, p.text));
             }},
    PathCall{"renameat2 NOREPLACE", true, true, false,
             [](const Path& p) {
               ::close(::open("shown/source", O_CREAT | O_RDWR | O_CLOEXEC, 0600));
               return plain(call(SYS_renameat2, AT_FDCWD, "shown/source", p.fd, p.text, 1));
             }},
    PathCall{"link from", false, true, false,
             [](const Path& p) { return plain(call(SYS_link, p.text, "shown/hard")); }},
    PathCall{"linkat FOLLOW", true, true, false,
             [](const Path& p) {
               return plain(call(SYS_linkat, p.fd, p.text, AT_FDCWD, "shown/hard",
                                 AT_SYMLINK_FOLLOW));
             }},
    PathCall{"symlink at", false, true, false,
             [](const Path& p) { return plain(call(SYS_symlink, "anything", p.text)); }},
    PathCall{"symlinkat", true, true, false,
             [](const Path& p) { return plain(call(SYS_symlinkat, "anything", p.fd, p.text)); }},
    PathCall{"setxattr", false, true, false,
             [](const Path& p) {
               return plain(call(SYS_setxattr, p.text, kAttribute, "v", 1, kAttributeFlags));
             }},
    PathCall{"getxattr", false, false, false,
             [](const Path& p) {
               char value[16];
               return plain(call(SYS_getxattr, p.text, kAttribute, value, sizeof value));
             }},
    PathCall{"listxattr", false, false, false,
             [](const Path& p) {
               char value[256];
               return plain(call(SYS_listxattr, p.text, value, sizeof value));
             }},
    PathCall{"removexattr", false, true, false,
             [](const Path& p) { return plain(call(SYS_removexattr, p.text, kAttribute)); }},
    PathCall{"inotify_add_watch", false, false, false,
             [](const Path& p) {
               const int fd = ::inotify_init1(IN_CLOEXEC);
               return plain(call(SYS_inotify_add_watch, fd, p.text, IN_MODIFY));
             }},
    PathCall{"execve", false, false, false,
             [](const Path& p) {
               return of_exec([&] { call(SYS_execve, p.text, kArguments, kEnvironment); });
             }},
    PathCall{"execveat", true, false, false,
             [](const Path& p) {
               return of_exec([&] { call(SYS_execveat, p.fd, p.text, kArguments, kEnvironment, 0); });
             }},
    PathCall{"chroot", false, true, true,
             [](const Path& p) { return plain(call(SYS_chroot, p.text)); }},
    PathCall{"bind", false, true, false,
             [](const Path& p) {
               Name name;
               if (!as_address(p.text, name)) return Answer("no address");
               const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
               return plain(::bind(fd, reinterpret_cast<sockaddr*>(&name.address), name.size));
             }},
    PathCall{"connect", false, false, false,
             [](const Path& p) {
               Name name;
               if (!as_address(p.text, name)) return Answer("no address");
               const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
               return plain(::connect(fd, reinterpret_cast<sockaddr*>(&name.address), name.size));
             }},
};

}  // namespace

std::span<const PathCall> path_calls() { return kCalls; }

}  // namespace conformance
