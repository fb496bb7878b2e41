#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "emulator/supervisor/rules.h"

namespace testbed::supervisor {

// A file that the supervisor makes up, for one reader at one moment.
struct Served {
  std::string content{};
  std::vector<std::string> command{};  // empty: `content`
};

// Files named by rules, and the tables of mounts that rules change.
class VirtualFiles {
 public:
  VirtualFiles(std::vector<VirtualFile> files, std::vector<MountLine> mounts)
      : files_(std::move(files)), mounts_(std::move(mounts)) {}

  bool empty() const { return files_.empty() && mounts_.empty(); }
  // `shown` and `kept` as in Resolution.
  std::optional<Served> find(const std::string& shown, const std::string& kept) const;
  // Only what a rule `file` names: tables of mounts are there anyway.
  bool is_made_up(const std::string& shown) const { return find_file(shown) != nullptr; }
  // Nothing for what a command prints.
  std::optional<std::size_t> size_of(const std::string& shown) const;

 private:
  const VirtualFile* find_file(const std::string& shown) const;

  std::vector<VirtualFile> files_;
  std::vector<MountLine> mounts_;
};

// The name of the memory file that stands for `path`, and the path that such a name stands for, as
// /proc/TID/fd shows it; empty when it is not one of ours.
std::string memory_file_name(const std::string& path);
std::string path_of_memory_file(const std::string& link_text);

// Fills the memory file that thread `tid` has open as `fd`, and seals it. 0 or an errno.
int fill_memory_file(pid_t tid, int fd, const std::string& content);

}  // namespace testbed::supervisor
