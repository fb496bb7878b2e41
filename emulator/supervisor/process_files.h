#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "emulator/supervisor/link_cache.h"
#include "emulator/supervisor/resolver.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::supervisor {

// A directory that somebody made a root of, as he saw it: in another mount namespace it may be
// hidden from us, and all roots are called "/". It is known again by its inode.
struct KnownRoot {
  std::string path{};
  dev_t device = 0;
  ino_t inode = 0;
};

// The file system as one thread sees it, looked at through /proc/TID. Paths are as this process
// names them: a thread whose root is our /srv/x has the root "/srv/x".
class ProcessFiles : public FileView {
 public:
  // `root_is_ours`: known without looking, since nothing in the tree ever changed a root.
  ProcessFiles(pid_t tid, bool root_is_ours, const std::vector<KnownRoot>& roots, LinkCache& links);

  LinkRead read_link(const std::string& path) override;

  // Whether paths of this thread mean anything to us: false where its root is none we know.
  bool reachable() const { return reachable_; }
  const std::string& root() const { return root_; }

  // Whether all that was read stays as it is for a while and is the same for every thread of this
  // root: nothing was missing, and nothing was asked of procfs.
  bool read_what_lasts() const { return lasts_; }

  // The working directory or an open file, as a path of ours; empty when it has none.
  std::string working_directory() const;
  std::string open_file(int fd) const;

  // A path of ours in the words of the thread, and back.
  bool to_process(std::string& path) const;

  // The path by which this process can look at what the thread sees there.
  std::string seen_from_here(const std::string& path) const;

 private:
  std::string named_from_here(const std::string& text) const;
  std::string own_link(const std::string& name) const;
  LinkRead read_proc_link(const std::string& path, std::string_view name) const;

  pid_t tid_;
  LinkCache& links_;
  std::string root_ = "/";
  bool reachable_ = true;
  bool lasts_ = true;
  bool elsewhere_ = false;  // the root is one of another mount namespace; names start at it
};

// The text of a symbolic link, or empty.
std::string link_text(const char* path);

}  // namespace testbed::supervisor
