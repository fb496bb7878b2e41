#pragma once

#include <chrono>
#include <string>
#include <unordered_map>

#include "emulator/supervisor/resolver.h"

namespace testbed::supervisor {

// What stands at a path, remembered for a moment: most calls of a program walk through the same few
// directories, and inside gVisor each look costs up to 0.1 ms. Whoever sees a call that may make or
// move a link forgets everything; what others do to the file system is noticed after kFresh.
class LinkCache {
 public:
  static constexpr std::chrono::milliseconds kFresh{50};

  // As readlink(2) says. What is missing is asked for each time.
  LinkRead read(const std::string& path);
  void forget() { known_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMost = 4096;

  std::unordered_map<std::string, LinkRead> known_{};
  Clock::time_point since_{};
};

// Without a memory.
LinkRead read_plain_link(const std::string& path);

}  // namespace testbed::supervisor
