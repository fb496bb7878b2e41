#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "orchestrator/base/result.h"

namespace testbed {

// Where a program says that it can be used from now on; both or neither may be asked for.
struct ReadySigns {
  std::optional<int> fd{};       // --ready-fd N
  std::filesystem::path file{};  // --ready-file PATH; empty: none
};

// Writes the line "ready TEXT" to the descriptor, which is closed, and makes the file, with the
// same line in it, so that nobody sees it before it is complete.
Result<> announce_ready(const ReadySigns& signs, std::string_view text);

}  // namespace testbed
