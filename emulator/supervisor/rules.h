#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/supervisor/calls.h"

namespace testbed::supervisor {

// What the user asked for. Paths are absolute, without "." and "..", without a slash at the end. In
// `from` and `to` of a redirect, and in the path of a file, a component "*" stands for a process
// id.

struct Redirect {
  std::string from, to;
};

// What statfs(2) says of `path` and all below it.
struct StatfsType {
  std::string path;
  std::uint64_t type = 0;
};

// What /proc/*/mountinfo and /proc/*/mounts say of the mount at `path`.
struct MountLine {
  std::string path, type;
  std::string source{};   // empty: the type's name
  std::string options{};  // empty: rw
  std::string root{};     // empty: as it is, or "/"
};

// Reading `path` gives the content, or what the command prints.
struct VirtualFile {
  std::string path;
  std::string content{};
  std::vector<std::string> command{};  // empty: `content`
};

struct Failing {
  const Call* call = nullptr;
  std::string path{};  // empty: every call of that name
  int error = 0;
  std::uint32_t every = 1;  // the Nth of them, the 2Nth, and so on
};

struct Rules {
  std::vector<Redirect> redirects{};
  std::vector<StatfsType> statfs_types{};
  std::vector<MountLine> mount_lines{};
  std::vector<VirtualFile> files{};
  std::vector<Failing> failing{};
  std::vector<const Call*> logged{};
  bool mount_without_rec = false;  // mount(2): MS_REC is taken out of the flags

  bool empty() const {
    return redirects.empty() && statfs_types.empty() && mount_lines.empty() && files.empty() &&
           failing.empty() && logged.empty() && !mount_without_rec;
  }
};

// A mistake, at the place where it stands. Lines and columns count from 1.
struct Problem {
  std::string where;  // the file, or "--rule"
  int line = 0;
  int column = 0;
  std::string message;

  std::string text() const {
    return where + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
  }
};

// Adds the rules of `text`, one a line, and the mistakes in it.
void parse_rules(std::string_view where, std::string_view text, Rules& rules,
                 std::vector<Problem>& problems);

// The magic number of statfs(2) for a file system's name, or 0.
std::uint64_t file_system_magic(std::string_view name);

// The number of an errno's name, or 0.
int errno_number(std::string_view name);

}  // namespace testbed::supervisor
