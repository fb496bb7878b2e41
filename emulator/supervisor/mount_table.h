#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/supervisor/rules.h"

namespace testbed::supervisor {

// The two forms of a table of mounts in /proc (proc(5)).
enum class MountTable { Mountinfo, Mounts };

// The table as the rules want it: the line of a mount point is changed, or added if there is none.
// Where several mounts lie on one another the uppermost counts. `device` gives "MAJOR:MINOR" of a
// path, for a line that has to be made.
std::string change_mounts(MountTable form, std::string_view table,
                          const std::vector<MountLine>& rules,
                          const std::function<std::string(const std::string&)>& device);

// Blank, tab, newline and backslash as \ooo, as the kernel writes them there, and back.
std::string mount_escaped(std::string_view text);
std::string mount_unescaped(std::string_view text);

}  // namespace testbed::supervisor
