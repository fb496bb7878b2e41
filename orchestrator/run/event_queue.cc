#include "orchestrator/run/event_queue.h"

namespace testbed {
namespace {

constexpr std::chrono::milliseconds kTick(200);  // how often a sink that shows time is asked to

}  // namespace

EventQueue::EventQueue(std::vector<EventSink*> sinks)
    : sinks_(std::move(sinks)), thread_([this] { serve(); }) {}

EventQueue::~EventQueue() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  filled_.notify_all();
}

void EventQueue::post(Event event) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(event));
    ++posted_;
  }
  filled_.notify_one();
}

void EventQueue::post_and_wait(Event event) {
  std::unique_lock lock(mutex_);
  queue_.push_back(std::move(event));
  const std::uint64_t mine = ++posted_;
  filled_.notify_one();
  emptied_.wait(lock, [&] { return handed_ >= mine; });
}

std::optional<Error> EventQueue::failed() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void EventQueue::serve() {
  std::unique_lock lock(mutex_);
  while (!closing_ || !queue_.empty()) {
    filled_.wait_for(lock, kTick, [&] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) {
      lock.unlock();
      for (EventSink* sink : sinks_) sink->tick();
      lock.lock();
      continue;
    }
    const Event event = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    hand_on(event);
    lock.lock();
    ++handed_;
    emptied_.notify_all();
  }
}

void EventQueue::hand_on(const Event& event) {
  for (EventSink* sink : sinks_) {
    auto taken = sink->take(event);
    if (taken || sink != sinks_.front()) continue;
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(taken).error();
  }
}

}  // namespace testbed
