#include "emulator/supervisor/calls.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

namespace testbed::supervisor {
namespace {

constexpr PathArgument cwd(std::int8_t path, Follow follow = Follow::Always) {
  return {.path = path, .follow = follow};
}
constexpr PathArgument at(std::int8_t dirfd, Follow follow = Follow::Always, std::int8_t flags = -1,
                          std::uint32_t flag = 0) {
  return {.path = static_cast<std::int8_t>(dirfd + 1),
          .dirfd = dirfd,
          .follow = follow,
          .flags = flags,
          .flag = flag};
}
constexpr PathArgument unless(std::int8_t path, std::int8_t flags, std::uint32_t flag) {
  return {.path = path, .follow = Follow::UnlessFlag, .flags = flags, .flag = flag};
}

constexpr std::uint32_t kNoFollow = 0x100, kFollow = 0x400;  // AT_SYMLINK_(NO)FOLLOW
constexpr Follow kNever = Follow::Never, kEntry = Follow::Entry;

// In the order of the x86-64 numbers (arch/x86/entry/syscalls/syscall_64.tbl); numbers in figures,
// since Debian 12's headers do not have the newest.
constexpr auto kCalls = std::to_array<Call>({
    {"read", 0, 3, {}},
    {"write", 1, 4, {}},
    {"open", 2, 5, {{.path = 0, .follow = Follow::OpenFlags, .flags = 1}}},
    {"close", 3, 6, {}},
    {"stat", 4, 106, {cwd(0)}},
    {"fstat", 5, 108, {}},
    {"lstat", 6, 107, {cwd(0, kNever)}},
    {"mmap", 9, 192, {}},
    {"ioctl", 16, 54, {}},
    {"pread64", 17, 180, {}},
    {"pwrite64", 18, 181, {}},
    {"writev", 20, 146, {}},
    {"access", 21, 33, {cwd(0)}},
    {"socket", 41, 359, {}},
    {"connect", 42, 362, {}},
    {"bind", 49, 361, {}},
    {"clone", 56, 120, {}},
    {"fork", 57, 2, {}},
    {"vfork", 58, 190, {}},
    {"execve", 59, 11, {cwd(0)}},
    {"kill", 62, 37, {}},
    {"uname", 63, 122, {}},
    {"fsync", 74, 118, {}},
    {"truncate", 76, 92, {cwd(0)}},
    {"getdents", 78, 141, {}},
    {"getcwd", 79, 183, {}},
    {"chdir", 80, 12, {cwd(0)}},
    {"fchdir", 81, 133, {}},
    {"rename", 82, 38, {cwd(0, kEntry), cwd(1, kEntry)}, true},
    {"mkdir", 83, 39, {cwd(0, kEntry)}},
    {"rmdir", 84, 40, {cwd(0, kEntry)}},
    {"creat", 85, 8, {cwd(0)}},
    {"link", 86, 9, {cwd(0, kNever), cwd(1, kEntry)}, true},
    {"unlink", 87, 10, {cwd(0, kEntry)}},
    {"symlink", 88, 83, {cwd(1, kEntry)}, true},
    {"readlink", 89, 85, {cwd(0, kNever)}},
    {"chmod", 90, 15, {cwd(0)}},
    {"chown", 92, 212, {cwd(0)}},
    {"lchown", 94, 198, {cwd(0, kNever)}},
    {"sysinfo", 99, 116, {}},
    {"ptrace", 101, 26, {}},
    {"utime", 132, 30, {cwd(0)}},
    {"mknod", 133, 14, {cwd(0, kEntry)}},
    {"uselib", 134, 86, {cwd(0)}},
    {"statfs", 137, 268, {cwd(0)}},
    {"fstatfs", 138, 269, {}},
    {"pivot_root", 155, 217, {cwd(0), cwd(1)}, true},
    {"prctl", 157, 172, {}},
    {"chroot", 161, 61, {cwd(0)}},
    {"acct", 163, 51, {cwd(0)}},
    {"mount", 165, 21, {cwd(1), cwd(0)}, true},  // the source is a path for some types only
    {"umount2", 166, 52, {unless(0, 1, 8 /* UMOUNT_NOFOLLOW */)}, true},
    {"swapon", 167, 87, {cwd(0)}},
    {"swapoff", 168, 115, {cwd(0)}},
    {"quotactl", 179, 131, {cwd(1)}},
    {"setxattr", 188, 226, {cwd(0)}},
    {"lsetxattr", 189, 227, {cwd(0, kNever)}},
    {"getxattr", 191, 229, {cwd(0)}},
    {"lgetxattr", 192, 230, {cwd(0, kNever)}},
    {"listxattr", 194, 232, {cwd(0)}},
    {"llistxattr", 195, 233, {cwd(0, kNever)}},
    {"removexattr", 197, 235, {cwd(0)}},
    {"lremovexattr", 198, 236, {cwd(0, kNever)}},
    {"getdents64", 217, 220, {}},
    {"utimes", 235, 271, {cwd(0)}},
    {"inotify_add_watch", 254, 292, {unless(1, 2, 0x02000000 /* IN_DONT_FOLLOW */)}},
    {"openat", 257, 295, {at(0, Follow::OpenFlags, 2)}},
    {"mkdirat", 258, 296, {at(0, kEntry)}},
    {"mknodat", 259, 297, {at(0, kEntry)}},
    {"fchownat", 260, 298, {at(0, Follow::UnlessFlag, 4, kNoFollow)}},
    {"futimesat", 261, 299, {at(0)}},
    {"newfstatat", 262, 300, {at(0, Follow::UnlessFlag, 3, kNoFollow)}},
    {"unlinkat", 263, 301, {at(0, kEntry)}},
    {"renameat", 264, 302, {at(0, kEntry), at(2, kEntry)}, true},
    {"linkat", 265, 303, {at(0, Follow::IfFlag, 4, kFollow), at(2, kEntry)}, true},
    {"symlinkat", 266, 304, {at(1, kEntry)}, true},
    {"readlinkat", 267, 305, {at(0, kNever)}},
    {"fchmodat", 268, 306, {at(0)}},
    {"faccessat", 269, 307, {at(0)}},
    {"unshare", 272, 310, {}},
    {"utimensat", 280, 320, {at(0, Follow::UnlessFlag, 3, kNoFollow)}},
    {"fanotify_mark", 301, 339, {at(3, Follow::UnlessFlag, 1, 4 /* FAN_MARK_DONT_FOLLOW */)}},
    {"name_to_handle_at", 303, 341, {at(0, Follow::IfFlag, 4, kFollow)}},
    {"setns", 308, 346, {}},
    {"renameat2", 316, 353, {at(0, kEntry), at(2, kEntry)}, true},
    {"execveat", 322, 358, {at(0, Follow::UnlessFlag, 4, kNoFollow)}},
    {"statx", 332, 383, {at(0, Follow::UnlessFlag, 2, kNoFollow)}},
    {"io_uring_setup", 425, 425, {}},
    {"open_tree", 428, 428, {at(0, Follow::UnlessFlag, 2, kNoFollow)}},
    {"move_mount",
     429,
     429,
     {at(0, Follow::IfFlag, 4, 1 /* MOVE_MOUNT_F_SYMLINKS */),
      at(2, Follow::IfFlag, 4, 0x10 /* MOVE_MOUNT_T_SYMLINKS */)},
     true},
    {"fspick", 433, 433, {at(0, Follow::UnlessFlag, 2, 2 /* FSPICK_SYMLINK_NOFOLLOW */)}},
    {"clone3", 435, 435, {}},
    {"openat2", 437, 437, {at(0, Follow::OpenHow, 2)}},
    {"faccessat2", 439, 439, {at(0, Follow::UnlessFlag, 3, kNoFollow)}},
    {"mount_setattr", 442, 442, {at(0, Follow::UnlessFlag, 2, kNoFollow)}},
    {"fchmodat2", 452, 452, {at(0, Follow::UnlessFlag, 3, kNoFollow)}},
    {"setxattrat", 463, 463, {at(0, Follow::UnlessFlag, 2, kNoFollow)}},
    {"getxattrat", 464, 464, {at(0, Follow::UnlessFlag, 2, kNoFollow)}},
    {"listxattrat", 465, 465, {at(0, Follow::UnlessFlag, 2, kNoFollow)}},
    {"removexattrat", 466, 466, {at(0, Follow::UnlessFlag, 2, kNoFollow)}},
    {"open_tree_attr", 467, 467, {at(0, Follow::UnlessFlag, 2, kNoFollow)}},
    {"file_getattr", 468, 468, {at(0, Follow::UnlessFlag, 4, kNoFollow)}},
    {"file_setattr", 469, 469, {at(0, Follow::UnlessFlag, 4, kNoFollow)}},
});

constexpr long kMostCalls = 512;
constexpr auto kByNumber = [] {
  std::array<std::int16_t, kMostCalls> index{};
  index.fill(-1);
  for (std::size_t i = 0; i < kCalls.size(); ++i) {
    index[static_cast<std::size_t>(kCalls[i].number)] = static_cast<std::int16_t>(i);
  }
  return index;
}();

bool follows_on_open(std::uint64_t flags) {
  if ((flags & O_NOFOLLOW) != 0) return false;
  return (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
}

}  // namespace

std::span<const Call> all_calls() { return kCalls; }

const Call* find_call(std::string_view name) {
  const auto* const found = std::find_if(kCalls.begin(), kCalls.end(),
                                         [&](const Call& call) { return call.name == name; });
  return found == kCalls.end() ? nullptr : &*found;
}

const Call* find_call(long number) {
  if (number < 0 || number >= kMostCalls) return nullptr;
  const std::int16_t index = kByNumber[static_cast<std::size_t>(number)];
  return index < 0 ? nullptr : &kCalls[static_cast<std::size_t>(index)];
}

bool follows_last(const PathArgument& argument, const std::uint64_t (&args)[6],
                  std::uint64_t how_flags) {
  const std::uint64_t flags = argument.flags < 0 ? 0 : args[argument.flags];
  switch (argument.follow) {
    case Follow::Always:
      return true;
    case Follow::Never:
    case Follow::Entry:
      return false;
    case Follow::UnlessFlag:
      return (flags & argument.flag) == 0;
    case Follow::IfFlag:
      return (flags & argument.flag) != 0;
    case Follow::OpenFlags:
      return follows_on_open(flags);
    case Follow::OpenHow:
      return follows_on_open(how_flags);
  }
  return true;
}

}  // namespace testbed::supervisor
