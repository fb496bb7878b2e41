#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "emulator/journal/json_line.h"
#include "orchestrator/base/files.h"

namespace testbed {

// What an emulator did, one JSON object per line. Every line is one write(2) on a descriptor opened
// with O_APPEND, so that lines of several processes do not mix and a killed emulator leaves whole
// lines only.
class Journal {
 public:
  // Drops every line.
  Journal() = default;
  static Result<Journal> open(const fs::path& path);

  // Puts "t" (microseconds since 1970) and "seq" (from 1) in front. Threads may write at once; the
  // lines are in the order of their numbers. A line that cannot be written is lost: recording never
  // changes what an emulator does.
  void write(const JsonLine& line);

  bool drops_lines() const { return state_ == nullptr; }

 private:
  struct State {
    UniqueFd fd;
    std::mutex mutex{};
    std::int64_t seq = 0;
  };
  explicit Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

  std::unique_ptr<State> state_;
};

}  // namespace testbed
