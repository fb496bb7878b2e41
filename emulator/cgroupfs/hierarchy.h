#pragma once

#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "emulator/cgroupfs/control_files.h"

namespace testbed::cgroupfs {

using NodeId = std::uint64_t;
constexpr NodeId kTop = 1;  // FUSE_ROOT_ID

struct Attributes {
  NodeId id = 0;
  bool directory = false;
  mode_t mode = 0;  // with the file type
  uid_t uid = 0;
  gid_t gid = 0;
  nlink_t links = 1;
  std::uint64_t size = 0;
  std::timespec time{};
};

struct Change {
  std::optional<mode_t> mode{};
  std::optional<uid_t> uid{};
  std::optional<gid_t> gid{};
};

struct Entry {
  std::string name;
  NodeId id = 0;
  bool directory = false;
};

// The tree in memory: the top holds one directory per controller; each is a hierarchy of its own,
// in which making a directory makes a group with that controller's files. Knows nothing of FUSE and
// may be used by several threads.
//
// A name keeps its node id for the life of the tree, also when it is removed and made again: gVisor
// never sends FORGET, keeps names for ever before 20240408, and unmounts what is mounted below a
// name whose id changes since 20240506.
class Hierarchy {
 public:
  explicit Hierarchy(Processes processes = kernel_processes());

  Answer<Attributes> lookup(NodeId parent, std::string_view name);
  Answer<Attributes> attributes(NodeId id);
  Answer<Attributes> change(NodeId id, const Change& change);
  Answer<std::vector<Entry>> list(NodeId id);  // without "." and ".."

  Answer<std::string> read(NodeId id);
  int write(NodeId id, std::string_view text, pid_t writer);

  Answer<Attributes> make_group(NodeId parent, std::string_view name, uid_t uid, gid_t gid);
  // A name that is gone already is removed once more: gVisor 20221219 keeps a name for ever when
  // the answer to its removal was lost, and only success heals that.
  int remove_group(NodeId parent, std::string_view name);
  // Never succeed; the errno says why.
  int make_file(NodeId parent, std::string_view name);
  int unlink(NodeId parent, std::string_view name);
  int rename(NodeId parent, std::string_view name);

 private:
  struct Node {
    NodeId id = 0, parent = 0;
    std::string name;
    bool there = true;
    const ControlFile* file = nullptr;  // null: a directory
    Group* group = nullptr;             // the file's or directory's; null: the top
    mode_t mode = 0;
    uid_t uid = 0;
    gid_t gid = 0;
    std::timespec time{};
  };
  using Children = std::map<std::string, NodeId, std::less<>>;

  Node& add(NodeId parent, std::string_view name, mode_t mode);
  Node& add_group(NodeId parent, std::string_view name, std::unique_ptr<Group> group);
  Node* find(NodeId id);  // null: never given out, or removed
  Node* find_child(NodeId parent, std::string_view name);
  bool has_groups_below(const Node& node);
  Attributes attributes_of(const Node& node);
  std::vector<pid_t> members_of(const Group& group) const;
  void move(pid_t pid, Group& group);
  Surroundings surroundings(pid_t writer);

  Processes processes_;
  std::mutex mutex_;
  NodeId last_id_ = kTop;
  std::map<NodeId, Node> nodes_;
  std::map<NodeId, Children> children_;  // also those that were removed
  std::map<const Group*, std::unique_ptr<Group>> groups_;
};

}  // namespace testbed::cgroupfs
