#include "orchestrator/base/temp_dir.h"

#include <cerrno>
#include <cstdlib>

#include "orchestrator/base/log.h"

namespace testbed {

Result<TempDir> TempDir::make(const fs::path& parent, std::string_view prefix) {
  std::string path = (parent / prefix).string() + ".XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return errno_error("create directory", path, errno);
  return TempDir(path);
}

TempDir::~TempDir() {
  if (path_.empty()) return;
  if (auto removed = remove_tree(path_); !removed) log_warning(removed.error().message);
}

}  // namespace testbed
