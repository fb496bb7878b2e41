// Functions of the C library that take a path, replaced by LD_PRELOAD: the redirection and the
// types of file systems that the supervisor gives, for programs that call them. A program without
// the dynamic loader never sees them, nor does a system call made in any other way.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "paths.h"

namespace {

using preload::kPathLimit;
using preload::redirected;

// Filled by a constructor: it must not be initialised after that.
constinit preload::Rules rules{};

// {"op":"LOADED"}: who reads the journal sees into which programs the library came.
void write_journal() {
  const char* const file = std::getenv(preload::kJournalVariable);
  if (file == nullptr) return;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  char line[160];
  const int length = std::snprintf(line, sizeof line,
                                   "{\"t\":%lld,\"seq\":1,\"op\":\"LOADED\",\"errno\":null,"
                                   "\"pid\":%d}\n",
                                   now.tv_sec * 1000000LL + now.tv_nsec / 1000, ::getpid());
  const long fd =
      ::syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return;
  [[maybe_unused]] const long written =
      ::syscall(SYS_write, fd, line, static_cast<std::size_t>(length));
  ::syscall(SYS_close, fd);
}

// The launcher has checked the rules: one that does not fit is passed over here.
__attribute__((constructor)) void read_rules() {
  const char* line = std::getenv(preload::kRulesVariable);
  while (line != nullptr && *line != '\0') {
    const std::size_t length = std::strcspn(line, "\n");
    preload::add_rule(rules, line, length);
    line += length;
    if (*line == '\n') ++line;
  }
  write_journal();
}

// The function that would have been called without this library.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

unsigned mode_argument(int flags, va_list arguments) {
  const bool takes_mode = (flags & O_CREAT) != 0 || (flags & __O_TMPFILE) == __O_TMPFILE;
  return takes_mode ? va_arg(arguments, unsigned) : 0;
}

template <class Answer>
int with_type(int result, long type, Answer* answer) {
  if (result == 0) answer->f_type = type;
  return result;
}

}  // namespace

#define PRELOAD_EXPORT extern "C" __attribute__((visibility("default")))

#define PRELOAD_OPEN(name)                                                                    \
  PRELOAD_EXPORT int name(const char* path, int flags, ...) {                                 \
    va_list arguments;                                                                        \
    va_start(arguments, flags);                                                               \
    const unsigned mode = mode_argument(flags, arguments);                                    \
    va_end(arguments);                                                                        \
    char buffer[kPathLimit];                                                                  \
    return next<int(const char*, int, ...)>(#name)(redirected(rules, AT_FDCWD, path, buffer), \
                                                   flags, mode);                              \
  }
#define PRELOAD_OPENAT(name)                                             \
  PRELOAD_EXPORT int name(int dirfd, const char* path, int flags, ...) { \
    va_list arguments;                                                   \
    va_start(arguments, flags);                                          \
    const unsigned mode = mode_argument(flags, arguments);               \
    va_end(arguments);                                                   \
    char buffer[kPathLimit];                                             \
    return next<int(int, const char*, int, ...)>(#name)(                 \
        dirfd, redirected(rules, dirfd, path, buffer), flags, mode);     \
  }
// result NAME(path, more...) and result NAME(dirfd, path, more...)
#define PRELOAD_PATH(result, name, parameters, arguments) \
  PRELOAD_EXPORT result name parameters {                 \
    char buffer[kPathLimit];                              \
    path = redirected(rules, AT_FDCWD, path, buffer);     \
    return next<result parameters>(#name) arguments;      \
  }
#define PRELOAD_AT(result, name, parameters, arguments) \
  PRELOAD_EXPORT result name parameters {               \
    char buffer[kPathLimit];                            \
    path = redirected(rules, dirfd, path, buffer);      \
    return next<result parameters>(#name) arguments;    \
  }

// The C library declares that paths are not null, so that the parameter may be assigned to.
PRELOAD_OPEN(open)
PRELOAD_OPEN(open64)
PRELOAD_OPENAT(openat)
PRELOAD_OPENAT(openat64)
PRELOAD_PATH(int, __open_2, (const char* path, int flags), (path, flags))
PRELOAD_PATH(int, __open64_2, (const char* path, int flags), (path, flags))
PRELOAD_AT(int, __openat_2, (int dirfd, const char* path, int flags), (dirfd, path, flags))
PRELOAD_AT(int, __openat64_2, (int dirfd, const char* path, int flags), (dirfd, path, flags))
PRELOAD_PATH(int, creat, (const char* path, mode_t mode), (path, mode))
PRELOAD_PATH(FILE*, fopen, (const char* path, const char* mode), (path, mode))
PRELOAD_PATH(FILE*, fopen64, (const char* path, const char* mode), (path, mode))
PRELOAD_PATH(DIR*, opendir, (const char* path), (path))

PRELOAD_PATH(int, stat, (const char* path, struct stat* into), (path, into))
PRELOAD_PATH(int, lstat, (const char* path, struct stat* into), (path, into))
PRELOAD_PATH(int, stat64, (const char* path, struct stat64* into), (path, into))
PRELOAD_PATH(int, lstat64, (const char* path, struct stat64* into), (path, into))
PRELOAD_AT(int, fstatat, (int dirfd, const char* path, struct stat* into, int flags),
           (dirfd, path, into, flags))
PRELOAD_AT(int, fstatat64, (int dirfd, const char* path, struct stat64* into, int flags),
           (dirfd, path, into, flags))
PRELOAD_AT(int, statx, (int dirfd, const char* path, int flags, unsigned mask, struct statx* into),
           (dirfd, path, flags, mask, into))
PRELOAD_PATH(int, access, (const char* path, int mode), (path, mode))
PRELOAD_AT(int, faccessat, (int dirfd, const char* path, int mode, int flags),
           (dirfd, path, mode, flags))
PRELOAD_PATH(ssize_t, readlink, (const char* path, char* into, size_t size), (path, into, size))
PRELOAD_AT(ssize_t, readlinkat, (int dirfd, const char* path, char* into, size_t size),
           (dirfd, path, into, size))

PRELOAD_PATH(int, mkdir, (const char* path, mode_t mode), (path, mode))
PRELOAD_AT(int, mkdirat, (int dirfd, const char* path, mode_t mode), (dirfd, path, mode))
PRELOAD_PATH(int, rmdir, (const char* path), (path))
PRELOAD_PATH(int, unlink, (const char* path), (path))
PRELOAD_AT(int, unlinkat, (int dirfd, const char* path, int flags), (dirfd, path, flags))
PRELOAD_PATH(int, chmod, (const char* path, mode_t mode), (path, mode))
PRELOAD_PATH(int, chdir, (const char* path), (path))
PRELOAD_PATH(int, truncate, (const char* path, off_t size), (path, size))

PRELOAD_EXPORT int statfs(const char* path, struct statfs* into) {
  char buffer[kPathLimit];
  const int result = next<int(const char*, struct statfs*)>("statfs")(
      redirected(rules, AT_FDCWD, path, buffer), into);
  return with_type(result, result == 0 ? type_of(rules, AT_FDCWD, path, into->f_type) : 0, into);
}
PRELOAD_EXPORT int statfs64(const char* path, struct statfs64* into) {
  char buffer[kPathLimit];
  const int result = next<int(const char*, struct statfs64*)>("statfs64")(
      redirected(rules, AT_FDCWD, path, buffer), into);
  return with_type(result, result == 0 ? type_of(rules, AT_FDCWD, path, into->f_type) : 0, into);
}
PRELOAD_EXPORT int fstatfs(int fd, struct statfs* into) {
  const int result = next<int(int, struct statfs*)>("fstatfs")(fd, into);
  return with_type(result, result == 0 ? type_of(rules, fd, into->f_type) : 0, into);
}
PRELOAD_EXPORT int fstatfs64(int fd, struct statfs64* into) {
  const int result = next<int(int, struct statfs64*)>("fstatfs64")(fd, into);
  return with_type(result, result == 0 ? type_of(rules, fd, into->f_type) : 0, into);
}
