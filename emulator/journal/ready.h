#pragma once

#include "orchestrator/base/files.h"

namespace testbed {

// Where an emulator says that it serves; either, both or none.
struct Ready {
  int fd = -1;      // gets the line "ready TEXT"
  fs::path path{};  // is created and holds that line
};

// A starter that waits for the file finds it complete.
Result<> announce_ready(const Ready& ready, std::string_view text);

}  // namespace testbed
