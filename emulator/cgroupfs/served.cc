#include "emulator/cgroupfs/served.h"

#include <poll.h>

#include <cerrno>
#include <iterator>
#include <random>

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
  return check_permissions(hierarchy_.permissions(*node), node->is_directory(), mask, caller);
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

Reply<std::uint64_t> Served::open(NodeId file, const Caller& opener) {
  const std::lock_guard lock(mutex_);
  const auto node = hierarchy_.node(file);
  if (!node) return Errno{node.error()};
  open_[++last_handle_] = {
      .node = file, .opener = opener, .serial = node->group == nullptr ? 0 : node->group->serial};
  if (node->file != nullptr && node->file->raises_events) watch(*node);
  return last_handle_;
}

void Served::close(std::uint64_t handle) {
  const std::lock_guard lock(mutex_);
  const auto opened = open_.find(handle);
  if (opened == open_.end()) return;
  if (const auto at = watched_.find(opened->second.node); at != watched_.end()) {
    at->second.waiting.erase(handle);
  }
  open_.erase(opened);
}

// A group that is made again under its name is another one: what was opened in the old one stays
// dead.
Served::OpenFile* Served::find_open(std::uint64_t handle) {
  const auto opened = open_.find(handle);
  return opened == open_.end() ? nullptr : &opened->second;
}

bool Served::is_dead(const Reply<Node>& node, const OpenFile* opened) const {
  if (!node) return true;
  return opened != nullptr && node->group != nullptr && node->group->serial != opened->serial;
}

Reply<std::string> Served::read(NodeId file, std::uint64_t handle, std::uint64_t offset,
                                std::size_t size, const Caller& caller) {
  const std::lock_guard lock(mutex_);
  OpenFile* opened = find_open(handle);
  if (is_dead(hierarchy_.node(file), opened)) return Errno{ENODEV};
  const bool kept = opened != nullptr && opened->text && offset > 0;
  auto text = kept ? Reply<std::string>(*opened->text) : hierarchy_.read(file, caller);
  if (!text) return text;
  if (opened != nullptr && !kept) opened->text = *text;
  if (const auto at = watched_.find(file); at != watched_.end() && opened != nullptr) {
    opened->seen_event = at->second.event;
  }
  return offset < text->size() ? text->substr(offset, size) : std::string();
}

int Served::write(NodeId file, std::uint64_t handle, std::string_view text, const Caller& caller) {
  const std::lock_guard lock(mutex_);
  const OpenFile* opened = find_open(handle);
  if (is_dead(hierarchy_.node(file), opened)) return ENODEV;
  if (text == token_) return 0;
  hierarchy_.defer();
  return hierarchy_.write(file, text, opened == nullptr ? caller : opened->opener, caller);
}

void Served::write_answered() {
  const std::lock_guard lock(mutex_);
  hierarchy_.do_deferred();
}

std::string Served::make_token() {
  std::random_device random;
  return "cgroupfs event " + std::to_string(random()) + std::to_string(random());
}

void Served::watch(const Node& node) {
  const auto [at, fresh] = watched_.try_emplace(node.id);
  if (!fresh && at->second.serial == node.group->serial) return;
  const auto text = hierarchy_.read(node.id);
  at->second = {.text = text ? *text : "", .serial = node.group->serial};
}

// As kernfs_generic_poll(): an event that this handle has not read yet is urgent.
Reply<unsigned> Served::poll(NodeId file, std::uint64_t handle, Wake wake) {
  const std::lock_guard lock(mutex_);
  const OpenFile* opened = find_open(handle);
  if (is_dead(hierarchy_.node(file), opened)) return kAlwaysReady | POLLERR | POLLPRI;
  const auto at = watched_.find(file);
  if (at == watched_.end() || opened == nullptr) return unsigned{kAlwaysReady};
  if (wake) at->second.waiting[handle] = std::move(wake);
  const bool unseen = opened->seen_event != at->second.event;
  return kAlwaysReady | (unseen ? unsigned{POLLERR} | POLLPRI : 0u);
}

std::vector<std::string> Served::changed_events() {
  std::vector<std::string> paths;
  std::vector<Wake> waiting;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = watched_.begin(); at != watched_.end();) {
      Watched& watched = at->second;
      const auto node = hierarchy_.node(at->first);
      const bool dead = !node || node->group->serial != watched.serial;
      // One look at the processes serves them all.
      const auto text = dead ? Reply<std::string>(std::string())
                             : hierarchy_.read(at->first, {}, at == watched_.begin());
      if (dead || (text && *text != watched.text)) {
        for (auto& [handle, wake] : watched.waiting) waiting.push_back(std::move(wake));
        watched.waiting.clear();
        ++watched.event;
      }
      if (!dead && text && *text != watched.text) {
        watched.text = *text;
        paths.push_back(hierarchy_.node_path(at->first));
      }
      at = dead ? watched_.erase(at) : std::next(at);
    }
  }
  for (const Wake& wake : waiting) wake();
  return paths;
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
