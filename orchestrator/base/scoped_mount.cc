#include "orchestrator/base/scoped_mount.h"

#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "orchestrator/base/log.h"

namespace testbed {
namespace {

Result<> detach(const fs::path& target) {
  if (::umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) return {};
  if (errno == EINVAL || errno == ENOENT) return {};  // not mounted any more
  return errno_error("unmount", target, errno);
}

// mountinfo escapes blanks and backslashes as three octal digits (proc(5)).
std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_below(const std::string& path, const std::string& root) {
  return path == root || path.starts_with(root + "/");
}

}  // namespace

Result<ScopedMount> ScopedMount::overlay(const fs::path& lower, const fs::path& work,
                                         const fs::path& target) {
  TRY(make_directories(work / "upper"));
  TRY(make_directories(work / "work"));
  TRY(make_directories(target));
  const std::string options = "lowerdir=" + lower.string() +
                              ",upperdir=" + (work / "upper").string() +
                              ",workdir=" + (work / "work").string();
  if (::mount("testbed", target.c_str(), "overlay", 0, options.c_str()) != 0) {
    return errno_error("mount an overlay on", target, errno);
  }
  return ScopedMount(target);
}

Result<ScopedMount> ScopedMount::tmpfs(const fs::path& target, std::size_t bytes) {
  TRY(make_directories(target));
  const std::string options = "mode=0755,size=" + std::to_string(bytes);
  if (::mount("testbed", target.c_str(), "tmpfs", 0, options.c_str()) != 0) {
    return errno_error("mount a tmpfs on", target, errno);
  }
  return ScopedMount(target);
}

ScopedMount::~ScopedMount() {
  if (auto undone = unmount(); !undone) log_warning(undone.error().message);
}

Result<> ScopedMount::unmount() {
  if (target_.empty()) return {};
  return detach(std::exchange(target_, {}));
}

std::vector<fs::path> mounts_below(const fs::path& root) {
  std::vector<fs::path> found;
  std::istringstream lines(read_file("/proc/self/mountinfo").value());
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, source, target;
    fields >> id >> parent >> device >> source >> target;
    target = unescape(target);
    if (is_below(target, root.string())) found.emplace_back(target);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

Result<> detach_mounts_below(const fs::path& root) {
  for (const fs::path& target : mounts_below(root)) TRY(detach(target));
  return {};
}

}  // namespace testbed
