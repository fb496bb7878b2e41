#include "emulator/cgroupfs/hierarchy.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "emulator/cgroupfs/membership.h"

namespace testbed {
namespace {

// An id is a group's number and, in the lower bits, the row of a file plus 1. Links of the top have
// those below the first group's.
constexpr unsigned kRowBits = 10;
constexpr NodeId kFirstLink = kTop + 1, kFirstGroup = NodeId{1} << kRowBits;

}  // namespace

Hierarchy::Hierarchy(const Processes& processes, const TreePlan& plan, bool report_only)
    : machine_(processes, report_only),
      started_(std::time(nullptr)),
      top_is_root_(plan.top_is_root()) {
  constexpr mode_t kRootMode = 0555;
  for (const RootPlan& root : plan.roots) {
    roots_.push_back(new_group(nullptr, root.name, *root.layout, root.controllers, {kRootMode}));
    roots_.back()->places = std::make_unique<Places>();
    machine_.add_root(*roots_.back());
    for (const std::string& link : root.links) links_.emplace_back(link, root.name);
  }
}

std::unique_ptr<Group> Hierarchy::new_group(Group* parent, std::string name, const Layout& layout,
                                            std::set<const Controller*> controllers,
                                            Permissions own) {
  const std::uint64_t number = number_for({parent == nullptr ? 0 : parent->number, name}, layout);
  auto group = std::unique_ptr<Group>(new Group{.parent = parent,
                                                .name = std::move(name),
                                                .layout = layout,
                                                .controllers = std::move(controllers),
                                                .own = own,
                                                .maker = own,
                                                .created = std::time(nullptr),
                                                .number = number,
                                                .serial = ++last_serial_});
  groups_[number] = group.get();
  layout.prepare(*group);
  for (const Controller* controller : group->controllers) controller->prepare(*group);
  return group;
}

std::uint64_t Hierarchy::number_for(const Name& name, const Layout& layout) {
  const auto kept = removed_.find(name);
  if (kept == removed_.end()) {
    names_[++last_number_] = {name, &layout};
    return last_number_;
  }
  const std::uint64_t number = kept->second;
  removed_.erase(kept);  // its place in the order stays, and is skipped
  return number;
}

void Hierarchy::keep_name(Name name, std::uint64_t number) {
  removed_order_.push_back(name);
  removed_[std::move(name)] = number;
  while (removed_order_.size() > kKeptNames) {
    const auto oldest = removed_.find(removed_order_.front());
    if (oldest != removed_.end()) {
      names_.erase(oldest->second);
      removed_.erase(oldest);
    }
    removed_order_.pop_front();
  }
}

Node Hierarchy::top() const { return {.group = top_is_root_ ? roots_.front().get() : nullptr}; }

NodeId Hierarchy::id_of(const Group& group) const {
  return top_is_root_ && is_root(group) ? kTop : group.number << kRowBits;
}

Reply<Node> Hierarchy::child(const Node& parent, std::string_view name) {
  if (parent.group == nullptr) {
    for (const auto& root : roots_) {
      if (root->name == name) return Node{.id = id_of(*root), .group = root.get()};
    }
    for (std::size_t i = 0; i < links_.size(); ++i) {
      if (links_[i].first == name) return Node{.id = kFirstLink + i, .link = links_[i].second};
    }
    return Errno{ENOENT};
  }
  Group& group = *parent.group;
  if (const auto at = group.children.find(name); at != group.children.end()) {
    return Node{.id = id_of(*at->second), .group = at->second.get()};
  }
  const ControlFile* file = find_file(group, name);
  if (file == nullptr) return Errno{ENOENT};
  return Node{.id = (group.number << kRowBits) + row_of(group.layout, *file) + 1,
              .group = &group,
              .file = file};
}

Reply<Node> Hierarchy::node(NodeId id) {
  if (id == kTop) return top();
  if (id < kFirstGroup) {
    const std::size_t link = id - kFirstLink;
    if (id < kFirstLink || link >= links_.size()) return Errno{ENOENT};
    return Node{.id = id, .link = links_[link].second};
  }
  const auto found = groups_.find(id >> kRowBits);
  if (found == groups_.end()) return Errno{ENOENT};
  Group& group = *found->second;
  const std::size_t row = id & (kFirstGroup - 1);
  if (row == 0) return Node{.id = id, .group = &group};
  const ControlFile* file = file_in_row(group, row - 1);
  if (file == nullptr) return Errno{ENOENT};
  return Node{.id = id, .group = &group, .file = file};
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
  if (parent->group == nullptr) {
    for (const auto& root : roots_) entries.push_back({id_of(*root), root->name, true});
    for (std::size_t i = 0; i < links_.size(); ++i) {
      entries.push_back({kFirstLink + i, links_[i].first, false});
    }
  } else {
    const Group& group = *parent->group;
    for (const ControlFile* file : files_of(group)) {
      const NodeId id = (group.number << kRowBits) + row_of(group.layout, *file) + 1;
      entries.push_back({id, std::string(file->name), false});
    }
    for (const auto& [name, below] : group.children) {
      entries.push_back({id_of(*below), name, true});
    }
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
    const auto parent = node(parent_id);
    if (!parent || parent->group == nullptr) return found.error();
    return removed_.contains({parent->group->number, std::string(name)}) ? 0 : found.error();
  }
  if (!found->is_directory()) return ENOTDIR;
  Group& group = *found->group;
  if (group.parent == nullptr) return EPERM;
  if (!group.children.empty()) return EBUSY;
  machine_.begin_request();
  // Without members nobody can have been born here: /proc is not asked.
  const bool used = !group.members.empty() || !group.threads.empty();
  if (used && machine_.is_populated(group)) return EBUSY;
  machine_.forget(group);
  groups_.erase(group.number);
  keep_name({group.parent->number, group.name}, group.number);
  group.parent->children.erase(std::string(name));
  return 0;
}

int Hierarchy::rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name) {
  const auto source = lookup(from, name);
  if (!source) return source.error();
  if (source->group == nullptr || source->group->layout.unified) return EPERM;
  // cgroup1_rename()
  if (new_name.find('\n') != std::string_view::npos) return EINVAL;
  if (!source->is_directory()) return ENOTDIR;
  if (from != to) return EIO;
  if (lookup(to, new_name)) return EEXIST;
  if (is_root(*source->group)) return EPERM;  // a mount point, on a host
  // The id goes with the group, as it does in the kernel that asks: there it is the same inode.
  Group& group = *source->group;
  Group& parent = *group.parent;
  auto held = parent.children.extract(parent.children.find(name));
  group.name = new_name;
  names_[group.number].name.second = group.name;
  held.key() = group.name;
  parent.children.insert(std::move(held));
  return 0;
}

int Hierarchy::unlink(NodeId parent, std::string_view name) {
  const auto found = lookup(parent, name);
  if (!found) return found.error();
  return found->is_directory() ? EISDIR : EPERM;
}

std::string Hierarchy::node_path(NodeId id) const {
  if (id < kFirstGroup) {
    const std::size_t link = id - kFirstLink;
    return "/" + (id >= kFirstLink && link < links_.size() ? links_[link].first : "");
  }
  auto known = names_.find(id >> kRowBits);
  if (known == names_.end()) return "/";
  const std::size_t row = id & (kFirstGroup - 1);
  std::string path;
  if (row != 0) path = "/" + std::string(name_of_row(*known->second.layout, row - 1));
  for (; known != names_.end(); known = names_.find(known->second.name.first)) {
    const std::string& name = known->second.name.second;
    if (!name.empty()) path.insert(0, "/" + name);
  }
  return path.empty() ? "/" : path;
}

Reply<std::string> Hierarchy::read(NodeId id, const Caller& reader, bool looks) {
  const auto found = node(id);
  if (!found) return Errno{ENODEV};
  if (found->file == nullptr) return Errno{EISDIR};
  if (found->file->read == nullptr) return Errno{EINVAL};
  if (looks) machine_.begin_request();
  return found->file->read({*found->group, *found->file, machine_, reader.pid, reader});
}

int Hierarchy::write(NodeId id, std::string_view text, const Caller& opener, const Caller& writer) {
  const auto found = node(id);
  if (!found) return ENODEV;
  if (found->file == nullptr) return EISDIR;
  if (text.empty()) return 0;
  if (text.size() > found->file->longest) return E2BIG;
  if (found->file->write == nullptr) return EINVAL;
  text = text.substr(0, text.find('\0'));  // handlers of the kernel see a C string
  machine_.begin_request();
  machine_.discover_siblings();
  return found->file->write({*found->group, *found->file, machine_, writer.pid, opener}, text);
}

Permissions Hierarchy::permissions(const Node& node) const {
  if (!node.link.empty()) return {0777};
  if (node.group == nullptr) return top_;
  return node.file == nullptr ? node.group->own : permissions_of(*node.group, *node.file);
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
