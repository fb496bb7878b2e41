#pragma once

#include "rules.h"

namespace preload {

// The path a call shall use in place of (dirfd, path): `buffer` where a rule redirects it, else
// `path` itself. By the text alone, after `.` and `..` were taken out: symbolic links are not
// looked at, which is one of the things a preloaded library cannot do in time.
const char* redirected(const Rules& rules, int dirfd, const char* path, char (&buffer)[kPathLimit]);

// What statfs(2) shall say about (dirfd, path); `type` where no rule says anything.
long type_of(const Rules& rules, int dirfd, const char* path, long type);
// The same for an open descriptor, by the path that /proc/self/fd gives it.
long type_of(const Rules& rules, int fd, long type);

}  // namespace preload
