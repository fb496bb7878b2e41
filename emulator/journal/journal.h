#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "emulator/journal/json_line.h"
#include "orchestrator/base/files.h"

namespace testbed {

// One line of a journal that is remembered.
struct KeptLine {
  std::int64_t seq;
  std::string text;  // without its end
};

// What an emulator did, one JSON object per line. Every line is one write(2) on a descriptor opened
// with O_APPEND, so that lines of several processes do not mix and a killed emulator leaves whole
// lines only.
class Journal {
 public:
  // Drops every line.
  Journal() = default;
  static Result<Journal> open(const fs::path& path);
  // Also remembers the last `lines`, with or without a file. Before any line is written.
  void keep(std::size_t lines);
  // Of those that are remembered the first `limit` whose number is greater than `since`.
  std::vector<KeptLine> kept(std::int64_t since, std::size_t limit) const;

  // Puts "t" (microseconds since 1970) and "seq" (from 1) in front. Threads may write at once; the
  // lines are in the order of their numbers. A line that cannot be written is lost: recording never
  // changes what an emulator does.
  void write(const JsonLine& line);

  bool drops_lines() const { return state_ == nullptr; }

 private:
  struct State {
    UniqueFd fd{};  // none: lines are only remembered
    std::mutex mutex{};
    std::int64_t seq = 0;
    std::size_t most_kept = 0;
    std::deque<KeptLine> kept{};
  };
  explicit Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

  std::unique_ptr<State> state_;
};

}  // namespace testbed
