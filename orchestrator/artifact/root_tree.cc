#include "orchestrator/artifact/root_tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace testbed {
namespace {

struct MountPoint {
  const char* name;
  mode_t mode;
};
constexpr MountPoint kMountPoints[] = {{"testbed", 0755}, {"proc", 0755}, {"sys", 0755},
                                       {"dev", 0755},     {"tmp", 01777}, {"run", 0755}};

Result<> tidy_entry(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return errno_error("stat", path, errno);
  if (S_ISDIR(status.st_mode)) {
    const mode_t mode = (status.st_mode & 07777) | 0700;
    if (::chmod(path.c_str(), mode) != 0) return errno_error("chmod", path, errno);
    for (const std::string& name : list_directory(path)) TRY(tidy_entry(path / name));
    return {};
  }
  if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) return {};
  if (::unlink(path.c_str()) != 0) return errno_error("unlink", path, errno);
  return {};
}

}  // namespace

Result<> tidy_root_filesystem(const fs::path& rootfs) {
  TRY(tidy_entry(rootfs));
  for (const MountPoint& point : kMountPoints) {
    const fs::path path = rootfs / point.name;
    if (::mkdir(path.c_str(), point.mode) != 0) {
      if (errno == EEXIST) continue;
      return errno_error("create directory", path, errno);
    }
    ::chmod(path.c_str(), point.mode);  // whatever the umask is
  }
  return {};
}

}  // namespace testbed
