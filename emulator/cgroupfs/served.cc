#include "emulator/cgroupfs/served.h"

#include <unistd.h>

#include <cerrno>

namespace testbed {
namespace {

// A file that claims size 0 reads as empty on gVisor, whatever the server would say; a real control
// file claims 0. What lists processes can be longer than a page.
constexpr std::uint64_t kClaimedSize = 4096, kClaimedSizeOfLists = 65536;

bool lists_processes(const ControlFile& file) {
  return file.name == "tasks" || file.name == "cgroup.procs" || file.name == "cgroup.threads";
}

}  // namespace

Attributes Served::attributes_of(const Node& node) const {
  std::uint64_t size = 0;
  if (!node.link.empty()) size = node.link.size();
  if (node.file != nullptr) size = lists_processes(*node.file) ? kClaimedSizeOfLists : kClaimedSize;
  return {.id = node.id,
          .directory = node.is_directory(),
          .permissions = hierarchy_.permissions(node),
          .size = size,
          .created = hierarchy_.created(node),
          .link = !node.link.empty()};
}

Reply<Attributes> Served::attributes_of(const Reply<Node>& node) const {
  if (!node) return Errno{node.error()};
  return attributes_of(*node);
}

Reply<Attributes> Served::lookup(NodeId directory, std::string_view name) {
  const std::lock_guard lock(mutex_);
  return attributes_of(hierarchy_.lookup(directory, name));
}

Reply<Attributes> Served::attributes(NodeId id) {
  const std::lock_guard lock(mutex_);
  return attributes_of(hierarchy_.node(id));
}

Reply<Attributes> Served::change(NodeId id, const AttributeChange& change) {
  const std::lock_guard lock(mutex_);
  const auto node = hierarchy_.node(id);
  if (!node) return Errno{node.error()};
  Permissions permissions = hierarchy_.permissions(*node);
  permissions.mode = change.mode.value_or(permissions.mode) & 07777;
  permissions.uid = change.uid.value_or(permissions.uid);
  permissions.gid = change.gid.value_or(permissions.gid);
  hierarchy_.set_permissions(*node, permissions);
  return attributes_of(*node);
}

Reply<std::vector<Entry>> Served::list(NodeId directory) {
  const std::lock_guard lock(mutex_);
  return hierarchy_.list(directory);
}

Reply<Attributes> Served::make_group(NodeId parent, std::string_view name, mode_t mode,
                                     const Caller& caller) {
  const std::lock_guard lock(mutex_);
  return attributes_of(hierarchy_.make_group(parent, name, mode, caller));
}

int Served::remove_group(NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  return hierarchy_.remove_group(parent, name);
}

int Served::rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name) {
  const std::lock_guard lock(mutex_);
  return hierarchy_.rename(from, name, to, new_name);
}

int Served::unlink(NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  return hierarchy_.unlink(parent, name);
}

int Served::refuse(NodeId parent, std::string_view name, int refusal) {
  const std::lock_guard lock(mutex_);
  return hierarchy_.lookup(parent, name) ? EEXIST : refusal;
}

int Served::check_access(NodeId id, int mask, const Caller& caller) {
  const std::lock_guard lock(mutex_);
  const auto node = hierarchy_.node(id);
  if (!node) return node.error();
  const Permissions permissions = hierarchy_.permissions(*node);
  // Root may do all but execute what nobody may execute (capable_wrt_inode_uidgid()).
  if (caller.uid == 0) {
    const bool runs = node->is_directory() || (permissions.mode & 0111) != 0;
    return (mask & X_OK) != 0 && !runs ? EACCES : 0;
  }
  const unsigned shift = caller.uid == permissions.uid ? 6 : caller.gid == permissions.gid ? 3 : 0;
  const auto wanted = static_cast<mode_t>(mask & 7);
  return (permissions.mode >> shift & wanted) == wanted ? 0 : EACCES;
}

Reply<std::string> Served::read_link(NodeId id) {
  const std::lock_guard lock(mutex_);
  const auto node = hierarchy_.node(id);
  if (!node) return Errno{node.error()};
  if (node->link.empty()) return Errno{EINVAL};
  return node->link;
}

std::string Served::node_path(NodeId id) {
  const std::lock_guard lock(mutex_);
  return hierarchy_.node_path(id);
}

Reply<std::uint64_t> Served::open(NodeId file, const Caller&) {
  const std::lock_guard lock(mutex_);
  const auto node = hierarchy_.node(file);
  if (!node) return Errno{node.error()};
  open_[++last_handle_] = std::nullopt;
  return last_handle_;
}

void Served::close(std::uint64_t handle) {
  const std::lock_guard lock(mutex_);
  open_.erase(handle);
}

Reply<std::string> Served::read(NodeId file, std::uint64_t handle, std::uint64_t offset,
                                std::size_t size, const Caller&) {
  const std::lock_guard lock(mutex_);
  if (const auto alive = hierarchy_.node(file); !alive) return Errno{ENODEV};
  const auto opened = open_.find(handle);
  const bool kept = opened != open_.end() && opened->second && offset > 0;
  auto text = kept ? Reply<std::string>(*opened->second) : hierarchy_.read(file);
  if (!text) return text;
  if (opened != open_.end() && !kept) opened->second = *text;
  return offset < text->size() ? text->substr(offset, size) : std::string();
}

int Served::write(NodeId file, std::uint64_t, std::string_view text, const Caller& caller) {
  const std::lock_guard lock(mutex_);
  return hierarchy_.write(file, text, caller.pid);
}

Reply<std::string> Served::proc_cgroup(pid_t id) {
  const std::lock_guard lock(mutex_);
  return hierarchy_.proc_cgroup(id);
}

std::string Served::proc_cgroups() {
  const std::lock_guard lock(mutex_);
  return hierarchy_.proc_cgroups();
}

}  // namespace testbed
