#pragma once

#include <string>
#include <string_view>

#include "emulator/cgroupfs/control_faults.h"
#include "emulator/cgroupfs/file_tree.h"
#include "emulator/cgroupfs/statistics.h"
#include "emulator/journal/journal.h"

namespace testbed {

// What a control socket shows and changes; all of it outlives the socket.
struct Controlled {
  FileTree& tree;
  Journal& journal;
  InjectedFaults& faults;
  const Statistics& statistics;
};

// The answer to one line, a JSON object, as a line without its end: {"ok":true,...} or
// {"ok":false,"error":TEXT}. The commands stand in README.md.
std::string answer_control(const Controlled& controlled, std::string_view line);

}  // namespace testbed
