#pragma once

#include <string>

namespace preload {

// How a program gets its libraries: what the dynamic loader does for it decides whether LD_PRELOAD
// reaches it.
enum class ProgramKind { Dynamic, Static, Unreadable };

// Where execvp(3) would find it, and of a script its interpreter's.
std::string find_in_path(const std::string& name);
ProgramKind kind_of(const std::string& path);

}  // namespace preload
