#include "emulator/cgroupfs/hierarchy.h"

#include <algorithm>
#include <cerrno>

#include "emulator/cgroupfs/membership.h"
#include "emulator/cgroupfs/usage.h"

namespace testbed {
namespace {

std::unique_ptr<Group> new_group(Group* parent, std::string name, const Layout& layout,
                                 std::set<const Controller*> controllers, Permissions own) {
  auto group = std::unique_ptr<Group>(new Group{.parent = parent,
                                                .name = std::move(name),
                                                .layout = layout,
                                                .controllers = std::move(controllers),
                                                .own = own,
                                                .maker = own,
                                                .created = std::time(nullptr)});
  layout.prepare(*group);
  for (const Controller* controller : group->controllers) controller->prepare(*group);
  return group;
}

}  // namespace

Hierarchy::Hierarchy(const Processes& processes, const TreePlan& plan)
    : processes_(processes),
      started_(std::time(nullptr)),
      top_is_root_(plan.top_is_root()),
      names_(kTop + 1) {
  constexpr mode_t kRootMode = 0555;
  for (const RootPlan& root : plan.roots) {
    roots_.push_back(new_group(nullptr, root.name, *root.layout, root.controllers, {kRootMode}));
    if (top_is_root_) continue;
    id_of(kTop, root.name);  // listed in this order, whichever is looked up first
    for (const std::string& link : root.links) links_.emplace(link, root.name);
  }
}

Node Hierarchy::top() const { return {.group = top_is_root_ ? roots_.front().get() : nullptr}; }

NodeId Hierarchy::id_of(NodeId parent, std::string_view name) {
  const auto [at, fresh] = ids_.try_emplace({parent, std::string(name)}, names_.size());
  if (fresh) names_.emplace_back(parent, name);
  return at->second;
}

Group* Hierarchy::find_root(std::string_view name) {
  for (const auto& root : roots_) {
    if (root->name == name) return root.get();
  }
  return nullptr;
}

Reply<Node> Hierarchy::child(const Node& parent, std::string_view name) {
  Group* group = nullptr;
  const ControlFile* file = nullptr;
  if (parent.group == nullptr) {
    group = find_root(name);
    if (const auto link = links_.find(name); link != links_.end()) {
      return Node{.id = id_of(parent.id, name), .parent = parent.id, .link = link->second};
    }
  } else if (const auto at = parent.group->children.find(name);
             at != parent.group->children.end()) {
    group = at->second.get();
  } else if (file = find_file(*parent.group, name); file != nullptr) {
    group = parent.group;
  }
  if (group == nullptr) return Errno{ENOENT};
  return Node{.id = id_of(parent.id, name), .parent = parent.id, .group = group, .file = file};
}

Reply<Node> Hierarchy::node(NodeId id) {
  if (id == kTop) return top();
  if (id == 0 || id >= names_.size()) return Errno{ENOENT};
  const auto parent = node(names_[id].first);
  if (!parent) return parent;
  const std::string name = names_[id].second;  // a copy: child() may add names
  return child(*parent, name);
}

Reply<Node> Hierarchy::lookup(NodeId directory, std::string_view name) {
  const auto parent = node(directory);
  if (!parent) return parent;
  if (!parent->is_directory()) return Errno{ENOTDIR};
  return child(*parent, name);
}

Reply<std::vector<Entry>> Hierarchy::list(NodeId directory) {
  const auto parent = node(directory);
  if (!parent) return Errno{parent.error()};
  if (!parent->is_directory()) return Errno{ENOTDIR};
  std::vector<Entry> entries;
  const auto add = [&](std::string_view name, bool is_directory) {
    entries.push_back({id_of(directory, name), std::string(name), is_directory});
  };
  if (parent->group == nullptr) {
    for (const auto& root : roots_) add(root->name, true);
    for (const auto& [name, target] : links_) add(name, false);
  } else {
    for (const ControlFile* file : files_of(*parent->group)) add(file->name, false);
    for (const auto& [name, group] : parent->group->children) add(name, true);
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.id < b.id; });
  return entries;
}

Reply<Node> Hierarchy::make_group(NodeId parent_id, std::string_view name, mode_t mode,
                                  const Caller& caller) {
  // A newline would break the lines of /proc/PID/cgroup (cgroup_mkdir()).
  if (name.find('\n') != std::string_view::npos) return Errno{EINVAL};
  if (const auto known = lookup(parent_id, name)) return Errno{EEXIST};
  const auto parent = node(parent_id);
  if (!parent) return parent;
  if (!parent->is_directory()) return Errno{ENOTDIR};
  if (parent->group == nullptr) return Errno{EPERM};  // hierarchies are mounted, not made
  Group& above = *parent->group;
  const Layout& layout = above.layout;
  if (const int error = layout.may_make(above)) return Errno{error};
  above.children[std::string(name)] = new_group(&above, std::string(name), layout,
                                                layout.unified ? above.enabled : above.controllers,
                                                {mode & 07777, caller.uid, caller.gid});
  return child(*parent, name);
}

int Hierarchy::remove_group(NodeId parent_id, std::string_view name) {
  const auto found = lookup(parent_id, name);
  if (!found) {
    // Success for a name that was a group once. On 20221219 a signal can interrupt an rmdir that
    // the server has carried out; the entry is then cached for ever, and every further rmdir is
    // asked again. Only this answer makes the entry go away. Linux and later versions look the name
    // up first and never ask.
    return ids_.contains({parent_id, std::string(name)}) ? 0 : found.error();
  }
  if (!found->is_directory()) return ENOTDIR;
  Group& group = *found->group;
  if (group.parent == nullptr) return EPERM;
  if (!group.children.empty() || !live_members(group, processes_).empty()) return EBUSY;
  add_time(group.parent->past, group.past);  // a group answers for all that were ever below it
  group.parent->children.erase(std::string(name));
  return 0;
}

int Hierarchy::rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name) {
  const auto source = lookup(from, name);
  if (!source) return source.error();
  if (source->group == nullptr || source->group->layout.unified) return EPERM;
  if (new_name.find('\n') != std::string_view::npos) return EINVAL;
  if (!source->is_directory()) return ENOTDIR;
  if (from != to) return EIO;
  if (lookup(to, new_name)) return EEXIST;
  if (is_root(*source->group)) return EPERM;
  // The id goes with the group, as it does in the kernel that asks: there it is the same inode.
  auto& siblings = source->group->parent->children;
  auto moved = siblings.extract(siblings.find(name));
  moved.key() = moved.mapped()->name = new_name;
  siblings.insert(std::move(moved));
  ids_.erase({from, std::string(name)});
  ids_[{to, std::string(new_name)}] = source->id;
  names_[source->id] = {to, std::string(new_name)};
  return 0;
}

int Hierarchy::unlink(NodeId parent, std::string_view name) {
  const auto found = lookup(parent, name);
  if (!found) return found.error();
  return found->is_directory() ? EISDIR : EPERM;
}

std::string Hierarchy::node_path(NodeId id) const {
  std::string path;
  for (; id > kTop && id < names_.size(); id = names_[id].first) {
    path.insert(0, "/" + names_[id].second);
  }
  return path.empty() ? "/" : path;
}

Reply<std::string> Hierarchy::read(NodeId id) {
  const auto found = node(id);
  if (!found) return Errno{ENODEV};
  if (found->file == nullptr) return Errno{EISDIR};
  if (found->file->read == nullptr) return Errno{EINVAL};
  return found->file->read({*found->group, *found->file, processes_, 0});
}

int Hierarchy::write(NodeId id, std::string_view text, pid_t caller) {
  const auto found = node(id);
  if (!found) return ENODEV;
  if (found->file == nullptr) return EISDIR;
  if (text.empty()) return 0;
  if (text.size() > found->file->longest) return E2BIG;
  if (found->file->write == nullptr) return EINVAL;
  text = text.substr(0, text.find('\0'));  // handlers of the kernel see a C string
  return found->file->write({*found->group, *found->file, processes_, caller}, text);
}

Permissions Hierarchy::permissions(const Node& node) const {
  if (!node.link.empty()) return {0777};
  if (node.group == nullptr) return top_;
  if (node.file == nullptr) return node.group->own;
  const auto changed = node.group->permissions.find(node.file->name);
  if (changed != node.group->permissions.end()) return changed->second;
  // Files belong to who made the group, also when the directory is given away.
  return {node.file->mode, node.group->maker.uid, node.group->maker.gid};
}

void Hierarchy::set_permissions(const Node& node, const Permissions& permissions) {
  if (!node.link.empty()) return;
  if (node.group == nullptr) {
    top_ = permissions;
  } else if (node.file == nullptr) {
    node.group->own = permissions;
  } else {
    node.group->permissions.insert_or_assign(std::string(node.file->name), permissions);
  }
}

std::time_t Hierarchy::created(const Node& node) const {
  return node.group != nullptr ? node.group->created : started_;
}

}  // namespace testbed
