#pragma once

#include <cerrno>
#include <map>
#include <mutex>

#include "emulator/cgroupfs/served.h"

namespace testbed {

// How one hierarchy is mounted, for the lines of mountinfo and mounts.
struct ShownMount {
  std::string directory;
  std::uint64_t device = 0;  // st_dev
  std::string type;          // cgroup, cgroup2 or tmpfs
  std::string options;       // of its super block, without "rw": "memory", "name=systemd"
};

// As /proc/PID/mountinfo and /proc/PID/mounts have them on a host (proc(5)). The mount ids are made
// up, and start where no kernel's are likely to be.
std::string mountinfo_lines(const std::vector<ShownMount>& mounts);
std::string mounts_lines(const std::vector<ShownMount>& mounts);

// What the kernel tells about cgroups outside of the cgroup file system, for a supervisor to
// redirect to or a bind mount to place:
//   proc/PID/cgroup, proc/self/cgroup, proc/thread-self/cgroup   in which groups a process is
//   proc/cgroups                                                 the controllers
//   mountinfo, mounts                                            a line for each hierarchy
// Everything is computed when it is read.
class ExtraFiles final : public FileTree {
 public:
  ExtraFiles(Served& served, const Processes& processes) : served_(served), processes_(processes) {}

  // Before that there are no lines.
  void set_mounts(std::vector<ShownMount> mounts);

  Reply<Attributes> lookup(NodeId directory, std::string_view name) override;
  Reply<Attributes> attributes(NodeId id) override;
  Reply<Attributes> change(NodeId id, const AttributeChange& change) override;
  Reply<std::vector<Entry>> list(NodeId directory) override;
  Reply<std::string> read_link(NodeId) override { return Errno{EINVAL}; }
  Reply<Attributes> make_group(NodeId, std::string_view, mode_t, const Caller&) override {
    return Errno{EPERM};
  }
  int remove_group(NodeId, std::string_view) override { return EPERM; }
  int rename(NodeId, std::string_view, NodeId, std::string_view) override { return EPERM; }
  int unlink(NodeId, std::string_view) override { return EPERM; }
  int refuse(NodeId parent, std::string_view name, int refusal) override;
  int check_access(NodeId id, int mask, const Caller& caller) override;
  Reply<std::uint64_t> open(NodeId file, const Caller& opener) override;
  void close(std::uint64_t handle) override;
  Reply<std::string> read(NodeId file, std::uint64_t handle, std::uint64_t offset, std::size_t size,
                          const Caller& caller) override;
  Reply<unsigned> poll(NodeId, std::uint64_t, Wake) override { return unsigned{kAlwaysReady}; }
  int write(NodeId, std::uint64_t, std::string_view, const Caller&) override { return EINVAL; }

 private:
  Reply<std::string> text_of(NodeId file, const Caller& caller);
  bool exists(pid_t id) const;

  Served& served_;
  const Processes& processes_;
  std::mutex mutex_;
  std::vector<ShownMount> mounts_;
  std::uint64_t last_handle_ = 0;
  std::map<std::uint64_t, std::string> open_;
};

}  // namespace testbed
