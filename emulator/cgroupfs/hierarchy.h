#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/cgroupfs/control_files.h"

namespace testbed {

using NodeId = std::uint64_t;
inline constexpr NodeId kTop = 1;  // FUSE_ROOT_ID

// What an id stands for at the moment.
struct Node {
  NodeId id = kTop;
  NodeId parent = kTop;
  Group* group = nullptr;  // the directory, or the one that holds the file; none: the top
  const ControlFile* file = nullptr;  // none: a directory
  bool is_directory() const { return file == nullptr; }
};

struct Entry {
  NodeId id;
  std::string name;
  bool directory;
};

struct Caller {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// The tree: of v1 a top directory, in it a root per controller, in those the groups; of v2 the top
// is the root. Knows no FUSE and takes no locks.
//
// An id belongs to a name in a directory for ever, also when it is removed and made again: gVisor
// sends no FORGET, and from 20240506 on it detaches what is mounted below a name whose id changes.
class Hierarchy {
 public:
  explicit Hierarchy(const Processes& processes, const Layout& layout = layout_v1());

  // ENOENT for what was removed.
  Reply<Node> node(NodeId id);
  Reply<Node> lookup(NodeId directory, std::string_view name);
  // Sorted by id, so that an id can be the place where a listing goes on.
  Reply<std::vector<Entry>> list(NodeId directory);

  Reply<Node> make_group(NodeId parent, std::string_view name, mode_t mode, const Caller& caller);
  int remove_group(NodeId parent, std::string_view name);
  // Neither ever succeeds; the errno is that of a cgroup file system.
  int rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name);
  int unlink(NodeId parent, std::string_view name);

  // ENODEV when the group is gone.
  Reply<std::string> read(NodeId id);
  int write(NodeId id, std::string_view text, pid_t caller);

  Permissions permissions(const Node& node) const;
  void set_permissions(const Node& node, const Permissions& permissions);
  std::time_t created(const Node& node) const;

 private:
  Node top() const;
  NodeId id_of(NodeId parent, std::string_view name);
  Group* find_root(std::string_view name);
  Reply<Node> child(const Node& parent, std::string_view name);

  const Processes& processes_;
  const Layout& layout_;
  std::time_t started_;
  std::vector<std::unique_ptr<Group>> roots_;
  std::map<std::pair<NodeId, std::string>, NodeId> ids_;
  std::vector<std::pair<NodeId, std::string>> names_;  // by id: parent and name
  Permissions top_{0755};
};

}  // namespace testbed
