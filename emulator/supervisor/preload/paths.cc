#include "paths.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace preload {
namespace {

// Of a descriptor, AT_FDCWD included. Raw calls: the library's own functions would come back here.
bool path_of(int fd, char (&into)[kPathLimit]) {
  char link[64];
  if (fd == AT_FDCWD) {
    std::strcpy(link, "/proc/self/cwd");
  } else {
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  }
  const long length = ::syscall(SYS_readlinkat, AT_FDCWD, link, into, kPathLimit - 1);
  if (length <= 0 || into[0] != '/') return false;
  into[length] = '\0';
  return true;
}

// Appends the names of `path` to `into`, which holds `length` bytes, without `.`, `..` and
// repeated slashes.
bool append_names(char (&into)[kPathLimit], std::size_t& length, const char* path) {
  while (*path != '\0') {
    const std::size_t name = std::strcspn(path, "/");
    if (name == 2 && std::memcmp(path, "..", 2) == 0) {
      while (length > 0 && into[--length] != '/') {
      }
    } else if (name > 0 && !(name == 1 && path[0] == '.')) {
      if (length + name + 2 > kPathLimit) return false;
      into[length++] = '/';
      std::memcpy(into + length, path, name);
      length += name;
    }
    path += name;
    if (*path == '/') ++path;
  }
  into[length] = '\0';
  return true;
}

bool absolute(int dirfd, const char* path, char (&into)[kPathLimit]) {
  std::size_t length = 0;
  char base[kPathLimit];
  if (path[0] != '/' && (!path_of(dirfd, base) || !append_names(into, length, base))) return false;
  if (!append_names(into, length, path)) return false;
  if (length == 0) std::strcpy(into, "/");
  return true;
}

long ruled_type(const Rules& rules, const char* path, long type) {
  for (std::size_t i = 0; i < rules.type_count; ++i) {
    if (rest_below(rules.types[i].path, path) != nullptr) return rules.types[i].type;
  }
  return type;
}

}  // namespace

const char* redirected(const Rules& rules, int dirfd, const char* path,
                       char (&buffer)[kPathLimit]) {
  char full[kPathLimit];
  if (path == nullptr || path[0] == '\0' || rules.redirect_count == 0) return path;
  if (!absolute(dirfd, path, full)) return path;
  for (std::size_t i = 0; i < rules.redirect_count; ++i) {
    const char* const rest = rest_below(rules.redirects[i].from, full);
    if (rest == nullptr) continue;
    const int length = std::snprintf(buffer, kPathLimit, "%s%s", rules.redirects[i].to, rest);
    return length < static_cast<int>(kPathLimit) ? buffer : path;
  }
  return path;
}

long type_of(const Rules& rules, int dirfd, const char* path, long type) {
  char full[kPathLimit];
  return absolute(dirfd, path, full) ? ruled_type(rules, full, type) : type;
}

// A descriptor that was opened through a redirection has the path of the target.
long type_of(const Rules& rules, int fd, long type) {
  char path[kPathLimit], named[kPathLimit];
  if (!path_of(fd, path)) return type;
  for (std::size_t i = 0; i < rules.redirect_count; ++i) {
    const char* const rest = rest_below(rules.redirects[i].to, path);
    if (rest == nullptr) continue;
    std::snprintf(named, sizeof named, "%s%s", rules.redirects[i].from, rest);
    return ruled_type(rules, named, type);
  }
  return ruled_type(rules, path, type);
}

}  // namespace preload
