#include "emulator/cgroupfs/v2_domain.h"

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

using Controllers = std::set<const Controller*>;

// The predicates have the names of those in kernel/cgroup/cgroup.c.

bool is_threaded(const Group& group) { return group.values.contains("cgroup.type"); }

// The root may hold processes and have domain and threaded children at once.
bool is_mixable(const Group& group) { return is_root(group); }

bool has_domain_controller(const Controllers& controllers) {
  return std::any_of(controllers.begin(), controllers.end(),
                     [](const Controller* controller) { return !controller->threaded; });
}

bool has_threaded_children(const Group& group) {
  return std::any_of(group.children.begin(), group.children.end(),
                     [](const auto& child) { return is_threaded(*child.second); });
}

bool has_tasks(Group& group, Machine& machine) {
  return (!group.members.empty() && !machine.processes_in(group).empty()) || !group.threads.empty();
}

bool can_be_thread_root(Group& group, Machine& machine) {
  if (is_mixable(group)) return true;
  for (auto& [name, child] : group.children) {
    if (!is_threaded(*child) && is_populated(*child, machine)) return false;
  }
  return !has_domain_controller(group.enabled);
}

bool is_thread_root(Group& group, Machine& machine) {
  if (is_threaded(group)) return false;
  if (has_threaded_children(group)) return true;
  const bool threaded_enabled =
      std::any_of(group.enabled.begin(), group.enabled.end(),
                  [](const Controller* controller) { return controller->threaded; });
  return threaded_enabled && has_tasks(group, machine);
}

bool is_valid_domain(Group& group, Machine& machine) {
  if (is_threaded(group)) return false;
  for (Group* above = group.parent; above != nullptr; above = above->parent) {
    if (!is_mixable(*above) && is_thread_root(*above, machine)) return false;
    if (is_threaded(*above)) return false;
  }
  return true;
}

void drop_values_of(Group& group, const Controller& controller) {
  for (const ControlFile& file : controller.files) {
    group.values.erase(std::string(file.name));
    group.permissions.erase(std::string(file.name));
  }
}

// Gives a group the controllers that it is to have now. One that comes back starts afresh.
void update_controllers(Group& group) {
  Controllers wanted = group.parent->enabled;
  if (is_threaded(group)) {
    std::erase_if(wanted, [](const Controller* controller) { return !controller->threaded; });
  }
  for (const Controller* controller : group.controllers) {
    if (!wanted.contains(controller)) drop_values_of(group, *controller);
  }
  for (const Controller* controller : wanted) {
    if (!group.controllers.contains(controller)) controller->prepare(group);
  }
  group.controllers = std::move(wanted);
}

struct SubtreeChange {
  Controllers enable{}, disable{};
};

Reply<SubtreeChange> parse_change(const Group& group, std::string_view text) {
  SubtreeChange change;
  // Blanks alone separate (strsep()): a tab is part of a name, which then is none.
  std::istringstream words{std::string(stripped(text))};
  for (std::string word; std::getline(words, word, ' ');) {
    if (word.empty()) continue;
    const auto& known = group.layout.controllers;
    const auto row = std::find_if(known.begin(), known.end(), [&](const Controller& controller) {
      return controller.name == std::string_view(word).substr(1);
    });
    if (row == known.end() || (word[0] != '+' && word[0] != '-')) return Errno{EINVAL};
    (word[0] == '+' ? change.enable : change.disable).insert(&*row);
    (word[0] == '+' ? change.disable : change.enable).erase(&*row);
  }
  return change;
}

// What is as wanted already is left out; then the first controller that cannot change says why.
int check_change(const Group& group, SubtreeChange& change) {
  std::erase_if(change.enable,
                [&](auto* controller) { return group.enabled.contains(controller); });
  std::erase_if(change.disable,
                [&](auto* controller) { return !group.enabled.contains(controller); });
  for (const Controller& controller : group.layout.controllers) {
    if (change.enable.contains(&controller) && !group.controllers.contains(&controller)) {
      return ENOENT;
    }
    const bool used =
        std::any_of(group.children.begin(), group.children.end(),
                    [&](const auto& child) { return child.second->enabled.contains(&controller); });
    if (change.disable.contains(&controller) && used) return EBUSY;
  }
  return 0;
}

// cgroup_vet_subtree_control_enable(): a group with processes has no controllers for those below,
// as they would compete; threaded controllers can cope inside a threaded subtree.
int vet_enable(Group& group, const Controllers& enable, Machine& machine) {
  if (enable.empty() || is_mixable(group)) return 0;
  if (has_domain_controller(enable)) {
    if (is_thread_root(group, machine) || is_threaded(group)) return EOPNOTSUPP;
  } else if (can_be_thread_root(group, machine) || is_threaded(group)) {
    return 0;
  }
  return has_tasks(group, machine) ? EBUSY : 0;
}

}  // namespace

Domain domain_kind(Group& group, Machine& machine) {
  if (is_threaded(group)) return Domain::Threaded;
  if (!is_valid_domain(group, machine)) return Domain::Invalid;
  return is_thread_root(group, machine) ? Domain::ThreadRoot : Domain::Normal;
}

std::string_view domain_name(Domain kind) {
  switch (kind) {
    case Domain::Normal:
      return "domain";
    case Domain::ThreadRoot:
      return "domain threaded";
    case Domain::Threaded:
      return "threaded";
    case Domain::Invalid:
      return "domain invalid";
  }
  return "";
}

Group& domain_of(Group& group) { return is_threaded(group) ? domain_of(*group.parent) : group; }

bool is_populated(Group& group, Machine& machine) { return machine.is_populated(group); }

int make_threaded(Group& group, Machine& machine) {
  if (is_threaded(group)) return 0;
  if (is_populated(group, machine) || has_domain_controller(group.enabled)) return EOPNOTSUPP;
  Group& domain = domain_of(*group.parent);
  if (!is_valid_domain(domain, machine) || !can_be_thread_root(domain, machine)) {
    return EOPNOTSUPP;
  }
  group.values["cgroup.type"] = "threaded";
  update_controllers(group);
  return 0;
}

int change_subtree(Group& group, std::string_view text, Machine& machine) {
  auto change = parse_change(group, text);
  if (!change) return change.error();
  SubtreeChange wanted = *change;
  if (const int error = check_change(group, wanted)) return error;
  if (const int error = vet_enable(group, wanted.enable, machine)) return error;
  group.enabled.insert(wanted.enable.begin(), wanted.enable.end());
  for (const Controller* controller : wanted.disable) group.enabled.erase(controller);
  for (auto& [name, child] : group.children) update_controllers(*child);
  return 0;
}

// cgroup_migrate_vet_dst()
int v2_may_attach(Group& group, Machine& machine) {
  if (!is_valid_domain(domain_of(group), machine)) return EOPNOTSUPP;
  if (can_be_thread_root(group, machine) || is_threaded(group)) return 0;
  return group.enabled.empty() ? 0 : EBUSY;
}

}  // namespace testbed
