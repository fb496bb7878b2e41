#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/cgroupfs/group.h"
#include "emulator/cgroupfs/reply.h"

namespace testbed {

using NodeId = std::uint64_t;
inline constexpr NodeId kTop = 1;  // FUSE_ROOT_ID

struct Entry {
  NodeId id;
  std::string name;
  bool directory;
};

// Who asks, as the kernel names it to the server: ids of the server's own namespaces, the process
// id 0 where it has none there.
struct Caller {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

struct Attributes {
  NodeId id;
  bool directory;
  Permissions permissions;
  std::uint64_t size;
  std::time_t created;
  bool link = false;
};

// The part of SETATTR that is kept. Sizes and times are not: a control file has neither.
struct AttributeChange {
  std::optional<mode_t> mode{};
  std::optional<uid_t> uid{};
  std::optional<gid_t> gid{};
};

// Of files that raise no events: DEFAULT_POLLMASK of the kernel.
inline constexpr unsigned kAlwaysReady = 0x145;  // IN, OUT, RDNORM, WRNORM

// What one or several FUSE mounts show, by node ids. Errors are errnos that the kernel gives to its
// caller. Several threads may call at once.
class FileTree {
 public:
  virtual ~FileTree() = default;

  virtual Reply<Attributes> lookup(NodeId directory, std::string_view name) = 0;
  virtual Reply<Attributes> attributes(NodeId id) = 0;
  virtual Reply<Attributes> change(NodeId id, const AttributeChange& change) = 0;
  // Sorted by id, so that an id can be the place where a listing goes on.
  virtual Reply<std::vector<Entry>> list(NodeId directory) = 0;
  virtual Reply<std::string> read_link(NodeId id) = 0;
  virtual Reply<Attributes> make_group(NodeId parent, std::string_view name, mode_t mode,
                                       const Caller& caller) = 0;
  virtual int remove_group(NodeId parent, std::string_view name) = 0;
  virtual int rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name) = 0;
  virtual int unlink(NodeId parent, std::string_view name) = 0;
  // The errno of a new name that is no group: EEXIST or `refusal`.
  virtual int refuse(NodeId parent, std::string_view name, int refusal) = 0;
  virtual int check_access(NodeId id, int mask, const Caller& caller) = 0;

  // From the top, "/" for the top itself; of what was removed too. Empty: the tree has no names.
  virtual std::string node_path(NodeId) { return ""; }

  // A handle, never 0. It remembers who opened the file: the kernel asks the opener's rights when
  // a process is moved.
  virtual Reply<std::uint64_t> open(NodeId file, const Caller& opener) = 0;
  virtual void close(std::uint64_t handle) = 0;
  // Reading at 0 makes the text anew; later parts are of the same text, as kernfs does it. Without
  // a handle (0: nobody answered OPEN) the text is made at every read.
  virtual Reply<std::string> read(NodeId file, std::uint64_t handle, std::uint64_t offset,
                                  std::size_t size, const Caller& caller) = 0;
  // The events of poll(2) that hold. Where something may come later, `wake` is kept and called once
  // when it does, from another thread.
  using Wake = std::function<void()>;
  virtual Reply<unsigned> poll(NodeId file, std::uint64_t handle, Wake wake) = 0;
  virtual int write(NodeId file, std::uint64_t handle, std::string_view text,
                    const Caller& caller) = 0;
  // The writer has its answer: what might disturb it while it waits is done now.
  virtual void write_answered() {}
};

}  // namespace testbed
