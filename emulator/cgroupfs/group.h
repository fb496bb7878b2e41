#pragma once

#include <sys/types.h>

#include <ctime>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "emulator/cgroupfs/processes.h"

namespace testbed {

struct Controller;
struct Layout;

struct Permissions {
  mode_t mode;
  uid_t uid = 0;
  gid_t gid = 0;
};

// A process in a group, with what it had used when it came and when somebody last looked.
struct Member {
  CpuTime joined{}, seen{};
};

// One directory: a hierarchy's root or a group that mkdir made.
struct Group {
  Group* parent;  // none for a root
  std::string name;
  const Layout& layout;
  // Whose files it has, in the order of the layout's table.
  std::set<const Controller*> controllers;
  Permissions own;
  Permissions maker;  // whose ids its files have
  std::time_t created = 0;

  std::map<std::string, std::unique_ptr<Group>, std::less<>> children{};
  std::set<const Controller*> enabled{};  // of those, what its children get (v2)
  std::map<pid_t, Member>
      members{};    // processes, not threads; a root's are those that no group holds
  CpuTime past{};   // used by members that left, and in groups below that were removed
  CpuTime reset{};  // used before somebody started the count anew (v1)
  std::map<std::string, std::string, std::less<>> values{};       // what was written, by file
  std::map<std::string, Permissions, std::less<>> permissions{};  // changed ones, by file
};

}  // namespace testbed
