#pragma once

#include "emulator/cgroupfs/control_files.h"

namespace testbed {

// What cgroup.type tells of a group of v2.
enum class Domain { Normal, ThreadRoot, Threaded, Invalid };

Domain domain_kind(Group& group, Machine& machine);
std::string_view domain_name(Domain kind);

// The nearest group from here up that is not threaded: whose processes share its resources.
Group& domain_of(Group& group);

bool is_populated(Group& group, Machine& machine);

// 0 or errno. A group that became threaded stays so.
int make_threaded(Group& group, Machine& machine);

// "+cpu -memory": which controllers the groups below get. All of it or nothing; 0 or errno.
int change_subtree(Group& group, std::string_view text, Machine& machine);

}  // namespace testbed
