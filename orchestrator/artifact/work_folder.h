#pragma once

#include "orchestrator/base/files.h"

namespace testbed {

// The variable that every tool gets, and hands down to what it starts: the work folder it works
// for.
inline constexpr const char* kWorkVariable = "TESTBED_WORK";

// Ends the tools that still work for the folder, undoes their mounts and removes it. A tool ends
// with the testbed that started it, but what the tool itself started may outlive both, and would go
// on writing. Only for who holds the folder's lock.
Result<> remove_work_folder(const fs::path& folder);

}  // namespace testbed
