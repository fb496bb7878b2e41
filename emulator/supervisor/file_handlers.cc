// Files that rules make up: opened, they are a sealed memory file of the process's own; asked
// about, they are regular and may be read.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "emulator/supervisor/handlers.h"

namespace testbed::supervisor {
namespace {

constexpr std::size_t kUnknownSize = 4096;  // what sysfs says of its files
constexpr unsigned kMode = S_IFREG | 0444;

std::uint64_t inode_of(const std::string& path) { return std::hash<std::string>()(path) | 1; }

struct stat stat_of(const std::string& path, std::size_t size) {
  struct stat about {};
  about.st_ino = inode_of(path);
  about.st_nlink = 1;
  about.st_mode = kMode;
  about.st_size = static_cast<off_t>(size);
  about.st_blksize = 4096;
  ::clock_gettime(CLOCK_REALTIME, &about.st_mtim);
  about.st_atim = about.st_ctim = about.st_mtim;
  return about;
}

struct statx statx_of(const std::string& path, std::size_t size) {
  const struct stat plain = stat_of(path, size);
  struct statx about {};
  about.stx_mask = STATX_BASIC_STATS;
  about.stx_blksize = 4096;
  about.stx_nlink = 1;
  about.stx_mode = kMode;
  about.stx_ino = plain.st_ino;
  about.stx_size = size;
  about.stx_mtime.tv_sec = plain.st_mtim.tv_sec;
  about.stx_mtime.tv_nsec = static_cast<std::uint32_t>(plain.st_mtim.tv_nsec);
  about.stx_atime = about.stx_ctime = about.stx_mtime;
  return about;
}

template <class About>
Decision tell(const StoppedCall& stopped, std::size_t argument, const About& about,
              const std::string& path) {
  const int error = stopped.memory->write(stopped.tid, stopped.args[argument], bytes_of(about));
  return Decision::answer(-error, "file", path);
}

Decision permit(const StoppedCall& stopped, std::size_t argument, const std::string& path) {
  const bool readable = (stopped.args[argument] & (W_OK | X_OK)) == 0;
  return Decision::answer(readable ? 0 : -EACCES, "file", path);
}

// memfd_create in the program's stead, with the descriptor as the result of its open.
Decision give(pid_t tid, const std::string& path, std::uint64_t flags, std::string content) {
  Decision decision;
  decision.kind = Decision::Kind::Run;
  decision.rule = "file";
  decision.object = path;
  decision.number = number::kMemfdCreate;
  decision.paths.emplace_back(0, memory_file_name(path));
  const std::uint64_t cloexec = (flags & O_CLOEXEC) != 0 ? MFD_CLOEXEC : 0;
  decision.args.emplace_back(1, MFD_ALLOW_SEALING | cloexec);
  decision.at_exit = [tid, text = std::move(content)](std::int64_t result) {
    if (result < 0) return result;
    const int error = fill_memory_file(tid, static_cast<int>(result), text);
    return error == 0 ? result : -std::int64_t{error};
  };
  return decision;
}

std::uint64_t open_flags(const StoppedCall& stopped) {
  switch (stopped.call->number) {
    case number::kOpen:
      return stopped.args[1];
    case number::kOpenat:
      return stopped.args[2];
    case number::kCreat:
      return O_CREAT | O_WRONLY | O_TRUNC;
    default: {
      const auto how = read_open_how(stopped);
      return how ? how->flags : 0;
    }
  }
}

}  // namespace

std::optional<Decision> Handlers::made_up(const StoppedCall& stopped,
                                          const Resolution& found) const {
  if (virtual_files_.empty()) return std::nullopt;
  const std::string& path = found.shown;
  const bool is_file = virtual_files_.is_made_up(path);
  switch (stopped.call->number) {
    case number::kOpen:
    case number::kOpenat:
    case number::kOpenat2:
    case number::kCreat:
      return open_made_up(stopped, found, open_flags(stopped));
    default:
      break;
  }
  if (!is_file) return std::nullopt;
  const std::size_t size = virtual_files_.size_of(path).value_or(kUnknownSize);
  switch (stopped.call->number) {
    case number::kStat:
    case number::kLstat:
      return tell(stopped, 1, stat_of(path, size), path);
    case number::kNewfstatat:
      return tell(stopped, 2, stat_of(path, size), path);
    case number::kStatx:
      return tell(stopped, 4, statx_of(path, size), path);
    case number::kAccess:
      return permit(stopped, 1, path);
    case number::kFaccessat:
    case number::kFaccessat2:
      return permit(stopped, 2, path);
    default:
      return std::nullopt;
  }
}

std::optional<Decision> Handlers::open_made_up(const StoppedCall& stopped, const Resolution& found,
                                               std::uint64_t flags) const {
  const bool to_write = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
  const std::string& path = found.shown;
  // Who wants to write to a table of mounts hears from the kernel that nobody can.
  if (!virtual_files_.is_made_up(path) && to_write) return std::nullopt;
  auto served = virtual_files_.find(path, found.kept);
  if (!served) return std::nullopt;
  if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
    return Decision::answer(-EEXIST, "file", path);
  }
  if (to_write) return Decision::answer(-EACCES, "file", path);
  if ((flags & O_DIRECTORY) != 0) return Decision::answer(-ENOTDIR, "file", path);
  const pid_t tid = stopped.tid;
  Decision decision = give(tid, path, flags, std::move(served->content));
  if (served->command.empty()) return decision;
  decision.command = std::move(served->command);
  decision.with_output = [tid, path, flags](std::string output) {
    return give(tid, path, flags, std::move(output));
  };
  return decision;
}

}  // namespace testbed::supervisor
