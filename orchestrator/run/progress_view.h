#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "orchestrator/model/event.h"

namespace testbed {

// Shows a run on standard error: on a terminal a line for each finished cell and below them what is
// running now; without one only plain lines.
class ProgressView : public EventSink {
 public:
  struct Look {
    bool live = false;  // standard error is a terminal that can move its cursor
    bool colour = false;
    int width = 100;  // columns of the terminal
  };
  explicit ProgressView(Look look) : look_(look) {}

  Result<> take(const Event& event) override;
  void tick() override;
  // A line from elsewhere (a build), shown for that artifact. May be called by any thread.
  void note(const std::string& name, const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  struct Active {
    Clock::time_point since;
    Clock::time_point said;  // when a line about it was last shown
    std::string doing;
  };
  void finished(const CellResult& result);
  void obtained(const ObtainedArtifact& artifact);
  void say(const std::string& line);
  void erase();
  void draw();

  const Look look_;
  std::mutex mutex_;
  std::size_t planned_ = 0, done_ = 0, drawn_ = 0;
  std::set<std::string> excluded_;  // planned cells that are not run
  std::map<std::string, Active> active_;
};

}  // namespace testbed
