#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "orchestrator/base/deadline.h"
#include "orchestrator/base/files.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {

// An flock(2) that ends with its owner, also when the process is killed. The file stays: removing a
// lock file would let two holders meet. Threads exclude each other as processes do, since each lock
// opens the file anew.
class FileLock {
 public:
  enum class Mode { Shared, Exclusive };

  // Nothing when somebody else holds it.
  static Result<std::optional<FileLock>> try_take(const fs::path& file, Mode mode);
  // Waits for as long as the holder takes: only for locks that are held for moments.
  static Result<FileLock> take(const fs::path& file, Mode mode);
  // Until the deadline or a stop; `waiting` is called once if somebody else holds it.
  static Result<FileLock> take(const fs::path& file, Deadline deadline, std::stop_token stop,
                               const std::function<void()>& waiting);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace testbed
