#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace testbed {

// Turns SIGINT and SIGTERM into a stop request: the first asks everything to tear down and record,
// the second ends the program at once (the next start cleans up). Make it before any other thread:
// the signals are blocked in all of them.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  std::stop_token token() const { return stop_.get_token(); }
  // 0, or the signal that asked first.
  int signal() const { return signal_; }

 private:
  void watch(std::stop_token over);
  std::stop_source stop_;
  std::atomic<int> signal_ = 0;
  std::jthread thread_;
};

}  // namespace testbed
