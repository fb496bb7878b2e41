#pragma once

#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include "emulator/cgroupfs/file_tree.h"
#include "emulator/cgroupfs/machine.h"
#include "emulator/cgroupfs/tree_plan.h"

namespace testbed {

// What an id stands for at the moment.
struct Node {
  NodeId id = kTop;
  Group* group = nullptr;  // the directory, or the one that holds the file; none: the top, a link
  const ControlFile* file = nullptr;  // none: a directory
  std::string link{};                 // of a symbolic link: where it leads
  bool is_directory() const { return file == nullptr && link.empty(); }
};

// The tree: a top directory, in it the root of each hierarchy, in those the groups; or, with v2
// alone, the top is the root. Knows no FUSE and takes no locks.
//
// An id belongs to a name in a directory also when it is removed and made again, as gVisor sends no
// FORGET, and up to 20240401 keeps what it knows of a name for ever. That of a group is kept for
// the last kKeptNames that were removed, so that memory is bounded; those of files follow from
// their group's. No id is ever given to another name.
class Hierarchy {
 public:
  static constexpr std::size_t kKeptNames = 4096;

  explicit Hierarchy(const Processes& processes, const Layout& layout = layout_v1())
      : Hierarchy(processes, plan_of(layout)) {}
  Hierarchy(const Processes& processes, const TreePlan& plan, bool report_only = false);

  // ENOENT for what was removed.
  Reply<Node> node(NodeId id);
  Reply<Node> lookup(NodeId directory, std::string_view name);
  // Sorted by id, so that an id can be the place where a listing goes on.
  Reply<std::vector<Entry>> list(NodeId directory);

  Reply<Node> make_group(NodeId parent, std::string_view name, mode_t mode, const Caller& caller);
  int remove_group(NodeId parent, std::string_view name);
  // Groups of v1, within their directory. Everything else is refused as a cgroup file system does.
  int rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name);
  int unlink(NodeId parent, std::string_view name);

  // From the top, "/" for the top itself; of what was removed too.
  std::string node_path(NodeId id) const;

  // ENODEV when the group is gone.
  // `looks` at the processes anew, or takes what the last request has found.
  Reply<std::string> read(NodeId id, const Caller& reader = {}, bool looks = true);
  int write(NodeId id, std::string_view text, pid_t caller) {
    return write(id, text, {.pid = caller}, {.pid = caller});
  }
  // `opener` is who opened the file, whose rights count, `writer` who writes now.
  int write(NodeId id, std::string_view text, const Caller& opener, const Caller& writer);
  void defer() { machine_.defer(); }  // see Machine
  void do_deferred() { machine_.do_deferred(); }

  // /proc/PID/cgroup: a line for each hierarchy, the last one first (proc_cgroup_show()). ESRCH for
  // a process that is gone.
  Reply<std::string> proc_cgroup(pid_t id);
  // /proc/cgroups (proc_cgroupstats_show()).
  std::string proc_cgroups() const;

  Permissions permissions(const Node& node) const;
  void set_permissions(const Node& node, const Permissions& permissions);
  std::time_t created(const Node& node) const;

 private:
  using Name = std::pair<std::uint64_t, std::string>;  // the number of the group above, and a name

  struct Known {
    Name name;
    const Layout* layout;
  };

  Node top() const;
  NodeId id_of(const Group& group) const;
  std::unique_ptr<Group> new_group(Group* parent, std::string name, const Layout& layout,
                                   std::set<const Controller*> controllers, Permissions own);
  std::uint64_t number_for(const Name& name, const Layout& layout);
  void keep_name(Name name, std::uint64_t number);
  Reply<Node> child(const Node& parent, std::string_view name);

  Machine machine_;
  std::time_t started_;
  bool top_is_root_;
  std::vector<std::unique_ptr<Group>> roots_;
  std::vector<std::pair<std::string, std::string>> links_;  // beside the roots: name and target
  std::unordered_map<std::uint64_t, Group*> groups_;        // by number
  std::unordered_map<std::uint64_t, Known> names_;          // of these, and of removed ones
  std::map<Name, std::uint64_t> removed_;                   // numbers of groups that were removed
  std::deque<Name> removed_order_;
  std::uint64_t last_number_ = 0, last_serial_ = 0;
  Permissions top_{0755};
};

}  // namespace testbed
