#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "emulator/journal/journal.h"
#include "emulator/supervisor/handler.h"

namespace testbed::supervisor {

// What was done, for the journal, the summary and those who watch.
class Account {
 public:
  using Clock = std::chrono::steady_clock;

  Account(Journal journal, bool explain) : journal_(std::move(journal)), explain_(explain) {}

  // Before the answer is given, so that who has an answer finds its line.
  void decided(const StoppedCall& stopped, const Decision& decision, bool logged,
               Clock::time_point since);
  void count_thread() { ++threads_; }

  // A table like that of strace -c: what was handled, how often, and what the handling cost.
  std::string summary() const;

 private:
  struct Row {
    std::uint64_t stops = 0, changed = 0, answered = 0, failed = 0;
    std::chrono::nanoseconds spent{0};
  };
  void write_line(const StoppedCall& stopped, const Decision& decision,
                  std::chrono::nanoseconds spent);

  Journal journal_;
  bool explain_;
  std::uint64_t threads_ = 0;
  std::array<Row, 512> rows_{};  // by number
};

}  // namespace testbed::supervisor
