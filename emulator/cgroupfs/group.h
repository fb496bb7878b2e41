#pragma once

#include <sys/types.h>

#include <ctime>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/cgroupfs/processes.h"

namespace testbed {

struct Controller;
struct Group;
struct Layout;

struct Permissions {
  mode_t mode;
  uid_t uid = 0;
  gid_t gid = 0;
};

// What was used in a group and in all below it, by all that were ever there while they were there.
struct Used {
  CpuTime cpu{};
  std::vector<CpuTime> per_cpu{};  // sums up to `cpu`
  std::uint64_t faults = 0, major_faults = 0;
  IoUse io{};
};

// Where the processes of a hierarchy are. What is not named is in the root.
struct Places {
  struct Thread {
    Group* group;
    pid_t leader;
  };
  std::unordered_map<pid_t, Group*> processes{};
  std::unordered_map<pid_t, Thread> threads{};  // that are elsewhere than their process
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
  std::uint64_t number = 0;  // of its name: belongs to it also when it is made again
  std::uint64_t serial = 0;  // its own alone

  std::map<std::string, std::unique_ptr<Group>, std::less<>> children{};
  std::set<const Controller*> enabled{};  // of those, what its children get (v2)
  std::set<pid_t> members{};              // processes that live here; a root has none
  std::set<pid_t> ended{};                // those that are zombies by now
  std::map<pid_t, pid_t> threads{};       // single threads here, and their processes elsewhere
  std::unique_ptr<Places> places{};       // of a root
  Used used{};
  CpuTime reset{};  // used before somebody started the count anew (v1)
  std::uint64_t memory_peak = 0, pids_peak = 0;
  std::uint64_t memory_hits = 0, pids_hits = 0;  // how often a limit was found exceeded
  bool over_memory = false;
  std::map<std::string, std::string, std::less<>> values{};       // what was written, by file
  std::map<std::string, Permissions, std::less<>> permissions{};  // changed ones, by file
};

}  // namespace testbed
