#pragma once

#include <cstddef>

// Rules of the preloaded library and of its launcher. No C++ library: the shared object must load
// into any program, also one that brings another version of it.
namespace preload {

inline constexpr const char* kRulesVariable = "PRELOAD_RULES";      // one rule a line
inline constexpr const char* kJournalVariable = "PRELOAD_JOURNAL";  // a file, appended to
inline constexpr std::size_t kMostRules = 32;
inline constexpr std::size_t kPathLimit = 4096;  // PATH_MAX of Linux

struct Redirect {
  char from[kPathLimit], to[kPathLimit];
};
struct TypeRule {
  char path[kPathLimit];
  long type;
};
struct Rules {
  Redirect redirects[kMostRules];
  TypeRule types[kMostRules];
  std::size_t redirect_count = 0, type_count = 0;
};

// `redirect A -> B` or `statfs PATH as TYPE`, with absolute paths and a type of statfs(2): ext4,
// tmpfs, 9p, cgroup, cgroup2, overlay. False where the line is neither, or too much.
bool add_rule(Rules& rules, const char* line, std::size_t length);

// What follows `path` in `text` if `text` is `path` or lies below it, else null.
const char* rest_below(const char* path, const char* text);

}  // namespace preload
