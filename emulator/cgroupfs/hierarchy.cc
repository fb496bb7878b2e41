#include "emulator/cgroupfs/hierarchy.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace testbed::cgroupfs {
namespace {

// gVisor never sends READ for a file that claims to be empty, and no READ at or past the claimed
// end. Lists of processes may be long.
constexpr std::uint64_t kClaimedSize = 4096, kClaimedListSize = 65536;
constexpr std::size_t kLongestName = 255;

std::timespec now() {
  std::timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

// What a new group takes over from the one above it (devcgroup_online(), cpuset_css_online()).
void inherit(Group& group) {
  const auto copy = [&](const char* name) {
    const auto value = group.parent->values.find(name);
    if (value != group.parent->values.end()) group.values[name] = value->second;
  };
  if (group.controller == "devices") copy("devices.list");
  copy("cgroup.clone_children");
  const auto clone = group.values.find("cgroup.clone_children");
  if (group.controller != "cpuset" || clone == group.values.end() || clone->second != "1") return;
  copy("cpuset.cpus");
  copy("cpuset.mems");
}

}  // namespace

Hierarchy::Hierarchy(Processes processes) : processes_(std::move(processes)) {
  nodes_[kTop] = {.id = kTop, .parent = kTop, .name = "", .mode = S_IFDIR | 0755, .time = now()};
  for (const char* controller : controllers())
    add_group(kTop, controller, std::make_unique<Group>(Group{.controller = controller}));
}

Hierarchy::Node& Hierarchy::add(NodeId parent, std::string_view name, mode_t mode) {
  Children& siblings = children_[parent];
  auto found = siblings.find(name);
  if (found == siblings.end()) found = siblings.emplace(name, ++last_id_).first;
  Node& node = nodes_[found->second];
  node = {.id = found->second,
          .parent = parent,
          .name = std::string(name),
          .mode = mode,
          .time = now()};
  return node;
}

Hierarchy::Node& Hierarchy::add_group(NodeId parent, std::string_view name,
                                      std::unique_ptr<Group> group) {
  Group* const kept = group.get();
  groups_[kept] = std::move(group);
  Node& directory = add(parent, name, S_IFDIR | 0755);
  directory.group = kept;
  for (const ControlFile* file : files_of(*kept)) {
    Node& node = add(directory.id, file->name, S_IFREG | file->mode);
    node.file = file;
    node.group = kept;
  }
  return directory;
}

Hierarchy::Node* Hierarchy::find(NodeId id) {
  const auto found = nodes_.find(id);
  return found == nodes_.end() || !found->second.there ? nullptr : &found->second;
}

Hierarchy::Node* Hierarchy::find_child(NodeId parent, std::string_view name) {
  const auto siblings = children_.find(parent);
  if (siblings == children_.end()) return nullptr;
  const auto found = siblings->second.find(name);
  return found == siblings->second.end() ? nullptr : find(found->second);
}

bool Hierarchy::has_groups_below(const Node& node) {
  const Children& children = children_[node.id];
  return std::any_of(children.begin(), children.end(), [&](const auto& child) {
    const Node* below = find(child.second);
    return below && !below->file;
  });
}

Attributes Hierarchy::attributes_of(const Node& node) {
  const std::string_view name = node.file ? node.file->name : "";
  const bool lists_processes = name == "cgroup.procs" || name == "tasks";
  return {.id = node.id,
          .directory = !node.file,
          .mode = node.mode,
          .uid = node.uid,
          .gid = node.gid,
          .links = node.file ? 1u : 2u,
          .size = !node.file        ? 0
                  : lists_processes ? kClaimedListSize
                                    : kClaimedSize,
          .time = node.time};
}

Answer<Attributes> Hierarchy::lookup(NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const Node* node = find(parent);
  if (!node) return Answer<Attributes>::fails(ENOENT);
  if (node->file) return Answer<Attributes>::fails(ENOTDIR);
  if (name == ".") return attributes_of(*node);
  node = name == ".." ? find(node->parent) : find_child(parent, name);
  return node ? attributes_of(*node) : Answer<Attributes>::fails(ENOENT);
}

Answer<Attributes> Hierarchy::attributes(NodeId id) {
  const std::lock_guard lock(mutex_);
  const Node* node = find(id);
  return node ? attributes_of(*node) : Answer<Attributes>::fails(ENOENT);
}

Answer<Attributes> Hierarchy::change(NodeId id, const Change& change) {
  const std::lock_guard lock(mutex_);
  Node* node = find(id);
  if (!node) return Answer<Attributes>::fails(ENOENT);
  if (change.mode) node->mode = (node->mode & S_IFMT) | (*change.mode & 07777);
  node->uid = change.uid.value_or(node->uid);
  node->gid = change.gid.value_or(node->gid);
  return attributes_of(*node);
}

Answer<std::vector<Entry>> Hierarchy::list(NodeId id) {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  const Node* node = find(id);
  if (!node) return entries;  // of a removed group nothing is left to be seen
  if (node->file) return Answer<std::vector<Entry>>::fails(ENOTDIR);
  for (const auto& [name, child] : children_[id])
    if (const Node* below = find(child)) entries.push_back({name, child, !below->file});
  return entries;
}

Answer<std::string> Hierarchy::read(NodeId id) {
  const std::lock_guard lock(mutex_);
  const Node* node = find(id);
  if (!node) return Answer<std::string>::fails(ENODEV);  // as kernfs: its group was removed
  if (!node->file) return Answer<std::string>::fails(EISDIR);
  return read_file_of(*node->file, *node->group, surroundings(0));
}

int Hierarchy::write(NodeId id, std::string_view text, pid_t writer) {
  const std::lock_guard lock(mutex_);
  Node* node = find(id);
  if (!node) return ENODEV;
  if (!node->file) return EISDIR;
  return write_file_of(*node->file, *node->group, text, surroundings(writer));
}

Answer<Attributes> Hierarchy::make_group(NodeId parent, std::string_view name, uid_t uid,
                                         gid_t gid) {
  const std::lock_guard lock(mutex_);
  const Node* above = find(parent);
  if (!above) return Answer<Attributes>::fails(ENOENT);
  if (above->file) return Answer<Attributes>::fails(ENOTDIR);
  if (find_child(parent, name)) return Answer<Attributes>::fails(EEXIST);
  if (!above->group) return Answer<Attributes>::fails(EPERM);  // hierarchies are not made
  if (name.size() > kLongestName) return Answer<Attributes>::fails(ENAMETOOLONG);
  // cgroup_mkdir(): /proc/PID/cgroup has one line per group.
  if (name.find('\n') != std::string_view::npos) return Answer<Attributes>::fails(EINVAL);
  auto group = std::make_unique<Group>(
      Group{.controller = above->group->controller, .parent = above->group});
  inherit(*group);
  Node& node = add_group(parent, name, std::move(group));
  node.uid = uid;
  node.gid = gid;
  for (const auto& [child, id] : children_[node.id]) {
    nodes_[id].uid = uid;
    nodes_[id].gid = gid;
  }
  return attributes_of(node);
}

int Hierarchy::remove_group(NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto siblings = children_.find(parent);
  if (siblings == children_.end() || !siblings->second.contains(name)) return ENOENT;
  Node* node = find_child(parent, name);
  if (!node) return 0;
  if (node->file) return ENOTDIR;
  const bool root = node->group->parent == nullptr;
  if (root || has_groups_below(*node) || !members_of(*node->group).empty()) return EBUSY;
  for (const auto& [child, id] : children_[node->id]) nodes_[id].there = false;
  node->there = false;
  groups_.erase(node->group);
  return 0;
}

int Hierarchy::make_file(NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const Node* above = find(parent);
  if (!above) return ENOENT;
  if (above->file) return ENOTDIR;
  return find_child(parent, name) ? EEXIST : EACCES;
}

int Hierarchy::unlink(NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const Node* node = find_child(parent, name);
  if (!node) return ENOENT;
  return node->file ? EPERM : EISDIR;
}

int Hierarchy::rename(NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  return find_child(parent, name) ? EPERM : ENOENT;
}

// Everyone is a member of the root until moved elsewhere.
std::vector<pid_t> Hierarchy::members_of(const Group& group) const {
  std::vector<pid_t> members;
  if (group.parent) {
    std::copy_if(group.members.begin(), group.members.end(), std::back_inserter(members),
                 processes_.exists);
    return members;
  }
  members = processes_.all();
  for (const auto& [other, owned] : groups_)
    if (other->controller == group.controller)
      std::erase_if(members, [&](pid_t pid) { return owned->members.contains(pid); });
  return members;
}

void Hierarchy::move(pid_t pid, Group& group) {
  for (auto& [other, owned] : groups_)
    if (other->controller == group.controller) owned->members.erase(pid);
  if (group.parent) group.members.insert(pid);
}

Surroundings Hierarchy::surroundings(pid_t writer) {
  return {.writer = writer,
          .processes = processes_,
          .move = [this](pid_t pid, Group& group) { move(pid, group); },
          .members = [this](const Group& group) { return members_of(group); }};
}

}  // namespace testbed::cgroupfs
