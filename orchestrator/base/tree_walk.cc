#include "orchestrator/base/tree_walk.h"

#include <cerrno>

namespace testbed {
namespace {

Result<> walk_below(const fs::path& root, const fs::path& below, const VisitEntry& visit) {
  for (const std::string& name : list_directory(root / below)) {
    const fs::path relative = below / name;
    struct stat status {};
    if (::lstat((root / relative).c_str(), &status) != 0) {
      return errno_error("stat", root / relative, errno);
    }
    TRY(visit(relative, status));
    if (S_ISDIR(status.st_mode)) TRY(walk_below(root, relative, visit));
  }
  return {};
}

}  // namespace

Result<> walk_tree(const fs::path& root, const VisitEntry& visit) {
  return walk_below(root, {}, visit);
}

}  // namespace testbed
