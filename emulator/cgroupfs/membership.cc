#include "emulator/cgroupfs/membership.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "emulator/cgroupfs/numbers.h"
#include "emulator/cgroupfs/v2_domain.h"

namespace testbed {
namespace {

struct Named {
  pid_t id, leader;
};

Group& root_of(Group& group) { return is_root(group) ? group : root_of(*group.parent); }

Reply<Named> process_named(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(stripped(text));
  // kstrtoint(): what does not fit is ERANGE, which cgroup_procs_write_start() turns into EINVAL.
  if (!number || *number > static_cast<std::uint64_t>(INT32_MAX)) return Errno{EINVAL};
  const Processes& processes = access.machine.processes();
  const auto id = *number == 0 ? std::optional(access.caller)
                               : processes.id_from(access.caller, static_cast<pid_t>(*number));
  const auto leader = id ? processes.leader_of(*id) : std::nullopt;
  if (!leader) return Errno{ESRCH};
  return Named{*id, *leader};
}

bool is_below(const Group& group, const Group& above) {
  return &group == &above || (!is_root(group) && is_below(*group.parent, above));
}

// v1: root, or who owns the process (cgroup1_procs_write()). v2: who may write the list of the
// nearest group that is above both (cgroup_procs_write_permission()).
int may_move(const Access& access, const Group& from, pid_t leader) {
  if (access.opener.uid == 0) return 0;
  if (!access.group.layout.unified) {
    const auto owner = access.machine.processes().owner_of(leader);
    const uid_t uid = access.opener.uid;
    return owner && (owner->real == uid || owner->saved == uid) ? 0 : EACCES;
  }
  const Group* common = &access.group;
  while (!is_below(from, *common)) common = common->parent;
  const ControlFile* list = find_file(*common, "cgroup.procs");
  return check_permissions(permissions_of(*common, *list), false, W_OK, access.opener);
}

int may_enter(const Access& access) {
  if (const int error = access.group.layout.may_attach(access.group, access.machine)) return error;
  for (const Controller* controller : access.group.controllers) {
    if (const int error = controller->may_attach(access.group)) return error;
  }
  return 0;
}

}  // namespace

std::string list_of(const Access& access, std::vector<pid_t> ids) {
  const Processes& processes = access.machine.processes();
  for (pid_t& id : ids) id = processes.id_for(access.caller, id).value_or(0);
  std::sort(ids.begin(), ids.end());
  std::string text;
  for (const pid_t id : ids) text += std::to_string(id) + "\n";
  return text;
}

int write_procs(const Access& access, std::string_view text) {
  const auto named = process_named(access, text);
  if (!named) return named.error();
  access.machine.discover();
  const Group& from = access.machine.place_of(root_of(access.group), named->leader);
  if (const int error = may_move(access, from, named->leader)) return error;
  if (const int error = may_enter(access)) return error;
  access.machine.move_process(named->leader, access.group);
  return 0;
}

int write_threads(const Access& access, std::string_view text) {
  const auto named = process_named(access, text);
  if (!named) return named.error();
  Machine& machine = access.machine;
  machine.discover();
  Group& from = machine.place_of_thread(root_of(access.group), named->id, named->leader);
  if (const int error = may_move(access, from, named->leader)) return error;
  if (access.group.layout.unified && &domain_of(from) != &domain_of(access.group)) {
    return EOPNOTSUPP;
  }
  if (const int error = may_enter(access)) return error;
  const bool alone = machine.processes().threads_of(named->leader).size() < 2;
  if (alone) {
    machine.move_process(named->leader, access.group);
  } else {
    machine.move_thread(named->id, named->leader, access.group);
  }
  return 0;
}

}  // namespace testbed
