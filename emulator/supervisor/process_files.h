#pragma once

#include <sys/types.h>

#include <string>

#include "emulator/supervisor/link_cache.h"
#include "emulator/supervisor/resolver.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::supervisor {

// The file system as one thread sees it, looked at through /proc/TID. Paths are as this process
// names them: a thread whose root is our /srv/x has the root "/srv/x".
class ProcessFiles : public FileView {
 public:
  // `root_is_ours`: known without looking, since nothing in the tree ever changed a root.
  ProcessFiles(pid_t tid, bool root_is_ours, LinkCache& links);

  LinkRead read_link(const std::string& path) override;

  // Whether paths of this thread mean anything to us: false where its root cannot be reached from
  // ours, as after pivot_root(2) in another mount namespace.
  bool reachable() const { return reachable_; }
  const std::string& root() const { return root_; }

  // The working directory or an open file, as a path of ours; empty when it has none.
  std::string working_directory() const;
  std::string open_file(int fd) const;

  // A path of ours in the words of the thread, and back.
  bool to_process(std::string& path) const;

 private:
  std::string own_link(const std::string& name) const;
  LinkRead read_proc_link(const std::string& path, std::string_view name) const;

  pid_t tid_;
  LinkCache& links_;
  std::string root_ = "/";
  bool reachable_ = true;
};

// The text of a symbolic link, or empty.
std::string link_text(const char* path);

}  // namespace testbed::supervisor
