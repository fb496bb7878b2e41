#pragma once

#include <mutex>

#include "emulator/cgroupfs/hierarchy.h"

namespace testbed {

struct Attributes {
  NodeId id;
  bool directory;
  Permissions permissions;
  std::uint64_t size;
  std::time_t created;
};

// The part of SETATTR that is kept. Sizes and times are not: a control file has neither.
struct AttributeChange {
  std::optional<mode_t> mode{};
  std::optional<uid_t> uid{};
  std::optional<gid_t> gid{};
};

// A hierarchy that several threads serve at once, and its open files.
class Served {
 public:
  explicit Served(const Processes& processes, const Layout& layout = layout_v1())
      : hierarchy_(processes, layout) {}

  Reply<Attributes> lookup(NodeId directory, std::string_view name);
  Reply<Attributes> attributes(NodeId id);
  Reply<Attributes> change(NodeId id, const AttributeChange& change);
  Reply<std::vector<Entry>> list(NodeId directory);
  Reply<Attributes> make_group(NodeId parent, std::string_view name, mode_t mode,
                               const Caller& caller);
  int remove_group(NodeId parent, std::string_view name);
  int rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name);
  int unlink(NodeId parent, std::string_view name);
  // The errno of a new name that is no group: EEXIST or `refusal`.
  int refuse(NodeId parent, std::string_view name, int refusal);
  int check_access(NodeId id, int mask, const Caller& caller);

  // A handle, never 0.
  Reply<std::uint64_t> open(NodeId file);
  void close(std::uint64_t handle);
  // Reading at 0 makes the text anew; later parts are of the same text, as kernfs does it. Without
  // a handle (0: nobody answered OPEN) the text is made at every read.
  Reply<std::string> read(NodeId file, std::uint64_t handle, std::uint64_t offset,
                          std::size_t size);
  int write(NodeId file, std::string_view text, pid_t caller);

 private:
  Attributes attributes_of(const Node& node) const;
  Reply<Attributes> attributes_of(const Reply<Node>& node) const;

  std::mutex mutex_;
  Hierarchy hierarchy_;
  std::uint64_t last_handle_ = 0;
  std::map<std::uint64_t, std::optional<std::string>> open_;
};

}  // namespace testbed
