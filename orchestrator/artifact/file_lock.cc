#include "orchestrator/artifact/file_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>

#include "orchestrator/base/stop_fd.h"

namespace testbed {
namespace {

constexpr milliseconds kRetry(100);

int operation(FileLock::Mode mode) { return mode == FileLock::Mode::Shared ? LOCK_SH : LOCK_EX; }

}  // namespace

Result<std::optional<FileLock>> FileLock::try_take(const fs::path& file, Mode mode) {
  UniqueFd fd = TRY(open_file(file, O_RDWR | O_CREAT));
  if (::flock(fd.get(), operation(mode) | LOCK_NB) == 0) {
    return std::optional<FileLock>(FileLock(std::move(fd)));
  }
  if (errno == EWOULDBLOCK) return std::optional<FileLock>();
  return errno_error("lock", file, errno);
}

Result<FileLock> FileLock::take(const fs::path& file, Mode mode) {
  UniqueFd fd = TRY(open_file(file, O_RDWR | O_CREAT));
  while (::flock(fd.get(), operation(mode)) != 0) {
    if (errno != EINTR) return errno_error("lock", file, errno);
  }
  return FileLock(std::move(fd));
}

Result<FileLock> FileLock::take(const fs::path& file, Deadline deadline, std::stop_token stop,
                                const std::function<void()>& waiting) {
  const StopFd stop_fd(stop);
  for (bool told = false;; told = true) {
    if (auto lock = TRY(try_take(file, Mode::Exclusive))) return std::move(*lock);
    if (!told && waiting) waiting();
    if (deadline.expired()) return Error{"somebody else still held it at the deadline"};
    // flock(2) itself can wait neither for a moment nor for a stop.
    pollfd fd{stop_fd.get(), POLLIN, 0};
    const auto wait = std::min(kRetry, deadline.remaining());
    if (::poll(&fd, 1, static_cast<int>(wait.count())) > 0) return Error{"stopped"};
  }
}

}  // namespace testbed
