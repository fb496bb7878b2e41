#pragma once

#include <chrono>

#include "emulator/cni/plugin.h"
#include "emulator/cni/request.h"

namespace testbed::cni {

// A call as it came and what was answered.
struct Call {
  const Environment& environment;
  std::string_view input;
  std::string_view program;
  const Request* request;  // null: it could not be read
  const Reply& reply;
  std::chrono::microseconds duration;
};

// Appends the call to the configuration's "journal", and makes a file of it in "record", from which
// `replay` can repeat it. What cannot be written is lost.
void record_call(const Call& call);

// A recorded call.
struct Recorded {
  Environment environment;
  std::string input;
  std::string program;
  Reply reply;
};
Answer<Recorded> read_recorded(const fs::path& file);

}  // namespace testbed::cni
