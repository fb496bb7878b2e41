#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace testbed::supervisor {

// Whether a symbolic link that is the last component of a path is followed.
enum class Follow {
  Always,
  Never,       // but where a slash ends the path
  Entry,       // never: the path names an entry of a directory, which is made, moved or removed
  UnlessFlag,  // followed, unless the flag is set: AT_SYMLINK_NOFOLLOW and the like
  IfFlag,      // not followed, unless the flag is set: AT_SYMLINK_FOLLOW
  OpenFlags,   // open(2): not with O_NOFOLLOW, nor with O_CREAT and O_EXCL
  OpenHow,     // openat2(2): the flags are in a struct in memory
};

// Which arguments of a call are a path, and how the kernel walks it. Arguments count from 0.
struct PathArgument {
  std::int8_t path = -1;   // -1: none
  std::int8_t dirfd = -1;  // what a relative path starts from; -1: the working directory
  Follow follow = Follow::Always;
  std::int8_t flags = -1;
  std::uint32_t flag = 0;
};

// One system call the supervisor knows. What is not in the table is never stopped at.
struct Call {
  std::string_view name;
  int number;  // x86-64
  int i386;    // the number of the same call for 32-bit programs; -1: there is none
  PathArgument paths[2] = {};

  // What is at a path may be something else afterwards: links, names or mounts are made or moved.
  bool changes_walks = false;

  bool takes_path() const { return paths[0].path >= 0; }
};

std::span<const Call> all_calls();
const Call* find_call(std::string_view name);
const Call* find_call(long number);

// Whether the last component is followed, from the call's arguments. `how_flags` is the first
// member of struct open_how, for openat2 alone.
bool follows_last(const PathArgument& argument, const std::uint64_t (&args)[6],
                  std::uint64_t how_flags);

}  // namespace testbed::supervisor
