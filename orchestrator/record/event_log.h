#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/base/json.h"
#include "orchestrator/model/event.h"

namespace testbed {

// The schema of the header; readers accept newer ones, whose additions they ignore.
inline constexpr const char* kEventLogSchema = "testbed-events-1";

// {"event":"cell-finished","cell":...}: the line of an event, without the time it is given when it
// is written.
json::object to_json(const Event& event);

// A file of JSON lines that only grows. Each line is one write(2) to an O_APPEND file, so that a
// killed writer leaves whole lines and at most one torn one at the end.
class EventLog {
 public:
  static Result<EventLog> create(const fs::path& file);
  // Without the sync the line survives the death of this program, with it that of the machine.
  Result<> append(const json::object& line, bool sync);

 private:
  EventLog(fs::path file, UniqueFd fd) : file_(std::move(file)), fd_(std::move(fd)) {}
  fs::path file_;
  UniqueFd fd_;
};

}  // namespace testbed
