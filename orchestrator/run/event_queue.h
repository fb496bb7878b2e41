#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "orchestrator/model/event.h"

namespace testbed {

// Workers put events in, one thread hands them to the sinks in order. The first sink is the
// recorder: when it fails, failed() says why, and the run is over.
class EventQueue {
 public:
  explicit EventQueue(std::vector<EventSink*> sinks);
  ~EventQueue();  // hands on what is queued

  void post(Event event);
  // Returns once every sink has it: a finished cell is on disk before its worker takes the next.
  void post_and_wait(Event event);
  std::optional<Error> failed() const;

 private:
  void serve();
  void hand_on(const Event& event);

  const std::vector<EventSink*> sinks_;
  mutable std::mutex mutex_;
  std::condition_variable filled_, emptied_;
  std::deque<Event> queue_;
  std::uint64_t posted_ = 0, handed_ = 0;
  bool closing_ = false;
  std::optional<Error> failure_;
  std::jthread thread_;
};

}  // namespace testbed
