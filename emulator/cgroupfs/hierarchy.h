#pragma once

#include <map>
#include <utility>

#include "emulator/cgroupfs/file_tree.h"
#include "emulator/cgroupfs/tree_plan.h"

namespace testbed {

// What an id stands for at the moment.
struct Node {
  NodeId id = kTop;
  NodeId parent = kTop;
  Group* group = nullptr;  // the directory, or the one that holds the file; none: the top
  const ControlFile* file = nullptr;  // none: a directory
  std::string link{};                 // of a symbolic link: where it leads
  bool is_directory() const { return file == nullptr && link.empty(); }
};

// The tree: a top directory, in it the root of each hierarchy, in those the groups; or, with v2
// alone, the top is the root. Knows no FUSE and takes no locks.
//
// An id belongs to a name in a directory for ever, also when it is removed and made again: gVisor
// sends no FORGET, and from 20240506 on it detaches what is mounted below a name whose id changes.
class Hierarchy {
 public:
  explicit Hierarchy(const Processes& processes, const Layout& layout = layout_v1())
      : Hierarchy(processes, plan_of(layout)) {}
  Hierarchy(const Processes& processes, const TreePlan& plan);

  // ENOENT for what was removed.
  Reply<Node> node(NodeId id);
  Reply<Node> lookup(NodeId directory, std::string_view name);
  // Sorted by id, so that an id can be the place where a listing goes on.
  Reply<std::vector<Entry>> list(NodeId directory);

  Reply<Node> make_group(NodeId parent, std::string_view name, mode_t mode, const Caller& caller);
  int remove_group(NodeId parent, std::string_view name);
  // Groups of v1, within their parent.
  int rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name);
  // Never succeeds; the errno is that of a cgroup file system.
  int unlink(NodeId parent, std::string_view name);

  // From the top, "/" for the top itself; of what was removed too.
  std::string node_path(NodeId id) const;

  // ENODEV when the group is gone.
  Reply<std::string> read(NodeId id);
  int write(NodeId id, std::string_view text, pid_t caller);

  // /proc/PID/cgroup: a line for each hierarchy, the last one first (proc_cgroup_show()). ESRCH for
  // a process that is gone.
  Reply<std::string> proc_cgroup(pid_t id);
  // /proc/cgroups (proc_cgroupstats_show()).
  std::string proc_cgroups() const;

  Permissions permissions(const Node& node) const;
  void set_permissions(const Node& node, const Permissions& permissions);
  std::time_t created(const Node& node) const;

 private:
  Node top() const;
  NodeId id_of(NodeId parent, std::string_view name);
  Group* find_root(std::string_view name);
  Reply<Node> child(const Node& parent, std::string_view name);

  const Processes& processes_;
  std::time_t started_;
  bool top_is_root_;
  std::vector<std::unique_ptr<Group>> roots_;
  std::map<std::string, std::string, std::less<>> links_;  // beside the roots
  std::map<std::pair<NodeId, std::string>, NodeId> ids_;
  std::vector<std::pair<NodeId, std::string>> names_;  // by id: parent and name
  Permissions top_{0755};
};

}  // namespace testbed
