#pragma once

#include <sys/stat.h>

#include <functional>

#include "orchestrator/base/files.h"

namespace testbed {

// What lstat(2) says of an entry; the path is relative to the root of the walk.
using VisitEntry = std::function<Result<>(const fs::path& relative, const struct stat& status)>;

// Every entry below a directory, by name and each directory before its content. Links are not
// followed. The first error ends it.
Result<> walk_tree(const fs::path& root, const VisitEntry& visit);

}  // namespace testbed
