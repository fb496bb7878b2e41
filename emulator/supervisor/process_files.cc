#include "emulator/supervisor/process_files.h"

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <fstream>

#include "emulator/supervisor/path_map.h"

namespace testbed::supervisor {
namespace {

constexpr decltype(static_cast<struct statfs*>(nullptr)->f_type) kProcMagic = 0x9fa0;

bool same_directory(const char* a, const char* b) {
  struct stat first {
  }, second{};
  return ::stat(a, &first) == 0 && ::stat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

bool is_procfs(const std::string& directory) {
  struct statfs about {};
  return ::statfs(directory.c_str(), &about) == 0 && about.f_type == kProcMagic;
}

// The last word of a line of /proc/TID/status: the number in the innermost pid namespace.
std::string innermost_number(pid_t tid, std::string_view key) {
  std::ifstream status("/proc/" + std::to_string(tid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return line.substr(line.find_last_of(" \t") + 1);
  }
  return "";
}

std::string process_number(pid_t tid) {
  std::string number = innermost_number(tid, "NStgid:");
  return number.empty() ? innermost_number(tid, "Tgid:") : number;  // gVisor has no NStgid
}

std::string thread_number(pid_t tid) {
  std::string number = innermost_number(tid, "NSpid:");
  return number.empty() ? std::to_string(tid) : number;
}

bool leads_to_object(std::string_view parent, std::string_view name) {
  if (name == "cwd" || name == "root" || name == "exe") return true;
  return parent.ends_with("/fd") || parent.ends_with("/map_files");
}

// A path of a file system, not a pipe nor what was removed.
std::string as_path(const std::string& text) {
  if (!text.starts_with('/') || text.ends_with(" (deleted)")) return "";
  return text;
}

}  // namespace

std::string link_text(const char* path) {
  char text[PATH_MAX];
  const ssize_t length = ::readlink(path, text, sizeof text);
  return length < 0 ? "" : std::string(text, static_cast<std::size_t>(length));
}

ProcessFiles::ProcessFiles(pid_t tid, bool root_is_ours, const std::vector<KnownRoot>& roots,
                           LinkCache& links)
    : tid_(tid), links_(links) {
  if (root_is_ours) return;
  const std::string link = "/proc/" + std::to_string(tid) + "/root";
  struct stat about {};
  if (::lstat(link.c_str(), &about) != 0 || same_directory(link.c_str(), "/")) return;
  root_ = link_text(link.c_str());
  // The name of a root in another mount namespace may be that of another directory here.
  if (root_.size() > 1 && same_directory(link.c_str(), root_.c_str())) return;
  if (::stat(link.c_str(), &about) != 0) return;
  const auto known = std::find_if(roots.begin(), roots.end(), [&](const KnownRoot& root) {
    return root.device == about.st_dev && root.inode == about.st_ino;
  });
  reachable_ = elsewhere_ = known != roots.end();
  root_ = "/";
  if (reachable_) root_ = known->path;
}

std::string ProcessFiles::seen_from_here(const std::string& path) const {
  if (!elsewhere_) return path;
  return "/proc/" + std::to_string(tid_) + "/root" + path.substr(root_.size());
}

LinkRead ProcessFiles::read_link(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string_view name = std::string_view(path).substr(slash + 1);
  if (path.find("/proc/") != std::string::npos) {
    lasts_ = false;
    LinkRead link = read_proc_link(path, name);
    if (link.kind != LinkRead::Kind::NotALink) return link;
  }
  LinkRead link = links_.read(seen_from_here(path));
  if (link.kind == LinkRead::Kind::Missing) lasts_ = false;
  return link;
}

// Links of procfs depend on who reads them, or lead to an object whatever their text says.
LinkRead ProcessFiles::read_proc_link(const std::string& path, std::string_view name) const {
  const std::string parent = path.substr(0, path.rfind('/'));
  const bool self = name == "self", thread_self = name == "thread-self";
  if (!self && !thread_self && !leads_to_object(parent, name)) return {};
  if (!is_procfs(seen_from_here(parent))) return {};
  if (self) return {LinkRead::Kind::Link, process_number(tid_)};
  if (thread_self) {
    return {LinkRead::Kind::Link, process_number(tid_) + "/task/" + thread_number(tid_)};
  }
  return {LinkRead::Kind::Jump, named_from_here(link_text(seen_from_here(path).c_str()))};
}

std::string ProcessFiles::named_from_here(const std::string& text) const {
  std::string path = as_path(text);
  if (!elsewhere_ || path.empty()) return path;
  return path == "/" ? root_ : root_ + path;
}

std::string ProcessFiles::own_link(const std::string& name) const {
  return named_from_here(link_text(("/proc/" + std::to_string(tid_) + "/" + name).c_str()));
}

std::string ProcessFiles::working_directory() const { return own_link("cwd"); }

std::string ProcessFiles::open_file(int fd) const { return own_link("fd/" + std::to_string(fd)); }

bool ProcessFiles::to_process(std::string& path) const {
  if (root_ == "/") return true;
  if (!is_within(path, root_)) return false;
  path.erase(0, root_.size());
  if (path.empty()) path = "/";
  return true;
}

}  // namespace testbed::supervisor
