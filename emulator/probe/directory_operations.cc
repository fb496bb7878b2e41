#include <dirent.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "emulator/probe/operations.h"

namespace testbed::probe {
namespace {

template <class Number>
std::string formatted(const char* format, Number number) {
  char text[32];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

const char* type_name(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "link";
    case S_IFCHR:
      return "character device";
    case S_IFBLK:
      return "block device";
    case S_IFIFO:
      return "fifo";
    case S_IFSOCK:
      return "socket";
    default:
      return "unknown";
  }
}

std::string device_text(unsigned major_number, unsigned minor_number) {
  return std::to_string(major_number) + ":" + std::to_string(minor_number);
}

Outcome stat_with(const std::string& path, int flags) {
  struct stat facts {};
  Outcome outcome = call("newfstatat", SYS_newfstatat, AT_FDCWD, path.c_str(), &facts, flags);
  if (outcome.error != 0) return outcome;
  outcome.value = {{"type", type_name(facts.st_mode)},
                   {"mode", formatted("%04o", facts.st_mode & 07777)},
                   {"size", facts.st_size},
                   {"uid", facts.st_uid},
                   {"gid", facts.st_gid},
                   {"links", facts.st_nlink},
                   {"inode", facts.st_ino},
                   {"device", device_text(major(facts.st_dev), minor(facts.st_dev))},
                   {"rdev", device_text(major(facts.st_rdev), minor(facts.st_rdev))}};
  return outcome;
}

Result<Outcome> stat_path(const Arguments& arguments) { return stat_with(arguments[0], 0); }
Result<Outcome> lstat_path(const Arguments& arguments) {
  return stat_with(arguments[0], AT_SYMLINK_NOFOLLOW);
}

// `ls` of coreutils 9 passes AT_NO_AUTOMOUNT, which gVisor of 2022-12 answers with EINVAL.
Result<Outcome> statx_path(const Arguments& arguments) {
  constexpr Word kFlags[] = {{"no_automount", AT_NO_AUTOMOUNT},
                             {"nofollow", AT_SYMLINK_NOFOLLOW},
                             {"empty_path", AT_EMPTY_PATH},
                             {"force_sync", AT_STATX_FORCE_SYNC},
                             {"dont_sync", AT_STATX_DONT_SYNC}};
  constexpr Word kMasks[] = {{"basic", STATX_BASIC_STATS},
                             {"btime", STATX_BTIME},
                             {"mnt_id", STATX_MNT_ID},
                             {"all", 0xfff}};
  const unsigned long flags = TRY(bits_of(argument_or(arguments, 1, ""), kFlags));
  const unsigned long mask = TRY(bits_of(argument_or(arguments, 2, "basic"), kMasks));
  struct statx facts {};
  Outcome outcome = call("statx", SYS_statx, AT_FDCWD, arguments[0].c_str(), flags, mask, &facts);
  if (outcome.error != 0) return outcome;
  outcome.value = {{"type", type_name(facts.stx_mode)},
                   {"mode", formatted("%04o", facts.stx_mode & 07777u)},
                   {"size", facts.stx_size},
                   {"uid", facts.stx_uid},
                   {"gid", facts.stx_gid},
                   {"links", facts.stx_nlink},
                   {"inode", facts.stx_ino},
                   {"device", device_text(facts.stx_dev_major, facts.stx_dev_minor)},
                   {"mask", formatted("0x%x", facts.stx_mask)}};
  return outcome;
}

Result<Outcome> statfs_path(const Arguments& arguments) {
  struct statfs facts {};
  Outcome outcome = call("statfs", SYS_statfs, arguments[0].c_str(), &facts);
  if (outcome.error != 0) return outcome;
  outcome.value = {{"type", formatted("0x%lx", static_cast<unsigned long>(facts.f_type))},
                   {"block_size", facts.f_bsize},
                   {"blocks", facts.f_blocks},
                   {"free", facts.f_bfree},
                   {"flags", formatted("0x%lx", static_cast<unsigned long>(facts.f_flags))}};
  return outcome;
}

// Of linux_dirent64: inode (8), offset (8), record length (2), type (1), name.
constexpr std::size_t kLengthAt = 16, kTypeAt = 18, kNameAt = 19;

struct Names {
  std::vector<std::string> all{}, directories{};
  std::size_t untyped = 0;
};

void append_names(const char* records, long count, Names& names) {
  for (const char* record = records; record < records + count;) {
    std::uint16_t length = 0;
    std::memcpy(&length, record + kLengthAt, sizeof length);
    const std::string name = record + kNameAt;
    const auto type = static_cast<unsigned char>(record[kTypeAt]);
    record += length;
    if (name == "." || name == "..") continue;
    names.all.push_back(name);
    if (type == DT_DIR) names.directories.push_back(name);
    if (type == DT_UNKNOWN) ++names.untyped;
  }
}

Result<Outcome> read_directory(const Arguments& arguments) {
  const Outcome opened = call("openat", SYS_openat, AT_FDCWD, arguments[0].c_str(),
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened.error != 0) return opened;
  Names names;
  Outcome last;
  do {
    alignas(8) char records[32768];
    last = call("getdents64", SYS_getdents64, opened.result, records, sizeof records);
    if (last.result > 0) append_names(records, last.result, names);
  } while (last.result > 0);
  for (auto* list : {&names.all, &names.directories}) std::sort(list->begin(), list->end());
  const auto array = [](const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
  };
  last.value = {{"names", array(names.all)},
                {"count", names.all.size()},
                {"directories", array(names.directories)},
                {"untyped", names.untyped}};
  if (const int error = close_raw(opened.result)) last.value["close"] = name_or_null(error);
  return last;
}

Result<Outcome> make_directory(const Arguments& arguments) {
  const long mode = TRY(number_of("0" + argument_or(arguments, 1, "755")));
  return call("mkdirat", SYS_mkdirat, AT_FDCWD, arguments[0].c_str(), mode);
}

Result<Outcome> remove_directory(const Arguments& arguments) {
  return call("unlinkat", SYS_unlinkat, AT_FDCWD, arguments[0].c_str(), AT_REMOVEDIR);
}

Result<Outcome> remove_file(const Arguments& arguments) {
  return call("unlinkat", SYS_unlinkat, AT_FDCWD, arguments[0].c_str(), 0);
}

Result<Outcome> rename_path(const Arguments& arguments) {
  return call("renameat2", SYS_renameat2, AT_FDCWD, arguments[0].c_str(), AT_FDCWD,
              arguments[1].c_str(), 0);
}

Result<Outcome> make_symlink(const Arguments& arguments) {
  return call("symlinkat", SYS_symlinkat, arguments[0].c_str(), AT_FDCWD, arguments[1].c_str());
}

Result<Outcome> make_link(const Arguments& arguments) {
  return call("linkat", SYS_linkat, AT_FDCWD, arguments[0].c_str(), AT_FDCWD, arguments[1].c_str(),
              0);
}

Result<Outcome> read_symlink(const Arguments& arguments) {
  char target[4096];
  Outcome outcome =
      call("readlinkat", SYS_readlinkat, AT_FDCWD, arguments[0].c_str(), target, sizeof target);
  if (outcome.error == 0)
    outcome.value = {{"target", std::string(target, static_cast<std::size_t>(outcome.result))}};
  return outcome;
}

Result<Outcome> make_node(const Arguments& arguments) {
  constexpr Word kTypes[] = {
      {"p", S_IFIFO}, {"c", S_IFCHR}, {"b", S_IFBLK}, {"s", S_IFSOCK}, {"f", S_IFREG}};
  const unsigned long type = TRY(bits_of(arguments[1], kTypes));
  const long major_number = TRY(number_of(argument_or(arguments, 2, "0")));
  const long minor_number = TRY(number_of(argument_or(arguments, 3, "0")));
  return call("mknodat", SYS_mknodat, AT_FDCWD, arguments[0].c_str(), type | 0644,
              makedev(static_cast<unsigned>(major_number), static_cast<unsigned>(minor_number)));
}

constexpr Operation kOperations[] = {
    {"stat", "PATH", 1, 1, stat_path, "value: type, mode, size, owner, inode, device"},
    {"lstat", "PATH", 1, 1, lstat_path, "the same, of the link itself"},
    {"statx", "PATH [FLAGS] [MASK]", 1, 3, statx_path,
     "FLAGS: no_automount nofollow empty_path force_sync dont_sync; MASK: basic btime mnt_id all"},
    {"statfs", "PATH", 1, 1, statfs_path, "value: type (magic number), sizes, flags"},
    {"readdir", "PATH", 1, 1, read_directory,
     "value: names, sorted; count; directories, as d_type says; untyped"},
    {"mkdir", "PATH [MODE]", 1, 2, make_directory, "makes a directory"},
    {"rmdir", "PATH", 1, 1, remove_directory, "removes an empty directory"},
    {"unlink", "PATH", 1, 1, remove_file, "removes a file"},
    {"rename", "FROM TO", 2, 2, rename_path, "renames"},
    {"symlink", "TARGET PATH", 2, 2, make_symlink, "makes a symbolic link"},
    {"link", "FROM TO", 2, 2, make_link, "makes a hard link"},
    {"readlink", "PATH", 1, 1, read_symlink, "value: target"},
    {"mknod", "PATH p|c|b|s|f [MAJOR MINOR]", 2, 4, make_node, "makes a special file"},
};

}  // namespace

std::span<const Operation> directory_operations() { return kOperations; }

}  // namespace testbed::probe
