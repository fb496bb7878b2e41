#pragma once

#include <algorithm>
#include <chrono>

namespace testbed {

using std::chrono::milliseconds;

// The moment after which waiting is over. Made once at the edge and passed down: callees shorten
// it, never invent one.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(Clock::time_point at) : at_(at) {}
  static Deadline after(milliseconds span) { return Deadline(Clock::now() + span); }

  Clock::time_point at() const { return at_; }
  bool expired() const { return Clock::now() >= at_; }
  Deadline sooner(milliseconds span) const { return Deadline(std::min(at_, Clock::now() + span)); }
  Deadline sooner(Deadline other) const { return Deadline(std::min(at_, other.at_)); }

  // Zero once expired; rounded up, so that a poll never returns early and spins.
  milliseconds remaining() const {
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(at_ - Clock::now()));
  }

 private:
  Clock::time_point at_;
};

}  // namespace testbed
