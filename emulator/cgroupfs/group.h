#pragma once

#include <sys/types.h>

#include <ctime>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace testbed {

struct Controller;
struct Layout;

struct Permissions {
  mode_t mode;
  uid_t uid = 0;
  gid_t gid = 0;
};

// One directory: a hierarchy's root or a group that mkdir made.
struct Group {
  Group* parent;  // none for a root
  std::string name;
  const Layout& layout;
  // Whose files it has, in the order of the layout's table.
  std::set<const Controller*> controllers;
  Permissions own;
  std::time_t created = 0;

  std::map<std::string, std::unique_ptr<Group>, std::less<>> children{};
  std::set<const Controller*> enabled{};  // of those, what its children get (v2)
  std::set<pid_t> members{};  // processes, not threads; a root's are those that no group holds
  std::map<std::string, std::string, std::less<>> values{};       // what was written, by file
  std::map<std::string, Permissions, std::less<>> permissions{};  // changed ones, by file
};

}  // namespace testbed
