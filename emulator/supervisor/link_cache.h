#pragma once

#include <chrono>
#include <cstdint>
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

  // Where a walk led, by a key of the caller's, for as long as the links it passed are remembered;
  // null: not known. `generation` is from before the walk: one that was overtaken is not kept.
  const Resolution* walked(const std::string& key);
  void remember(const std::string& key, const Resolution& found, std::uint64_t generation);
  std::uint64_t generation() const { return generation_; }

  void forget();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMost = 4096;

  void forget_if_old();

  std::unordered_map<std::string, LinkRead> known_{};
  std::unordered_map<std::string, Resolution> walks_{};
  std::uint64_t generation_ = 0;
  Clock::time_point since_{};
};

// Without a memory.
LinkRead read_plain_link(const std::string& path);

}  // namespace testbed::supervisor
