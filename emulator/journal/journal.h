#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>

#include "emulator/journal/json_line.h"
#include "orchestrator/base/result.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {

// What an emulator was asked and what it answered, one JSON object per line. A journal that was
// never opened drops its lines.
class Journal {
 public:
  Journal() = default;
  // Appends to the file, which is made if needed.
  static Result<Journal> open(const std::filesystem::path& path);
  Journal(Journal&& other) noexcept : fd_(std::move(other.fd_)), seq_(other.seq_) {}

  // Puts "seq" (1, 2, ...) and "t" (microseconds since 1970, so that the journals of several
  // programs can be merged) in front. One write(2) per line: with O_APPEND, lines of several
  // processes do not mix. A line that cannot be written is lost, as the emulation matters more.
  void write(const JsonLine& line);

 private:
  explicit Journal(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
  std::mutex mutex_;  // held over the write, so that "seq" rises from line to line
  std::uint64_t seq_ = 0;
};

}  // namespace testbed
