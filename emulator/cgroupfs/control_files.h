#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/cgroupfs/answer.h"

namespace testbed::cgroupfs {

// What the emulation asks about processes; tests put their own in its place.
struct Processes {
  std::function<bool(pid_t)> exists;
  std::function<std::vector<pid_t>()> all;
};
Processes kernel_processes();

// One control group: what was written to its files and who is in it.
struct Group {
  std::string controller;
  Group* parent = nullptr;                                   // of the hierarchy's root: none
  std::map<std::string, std::string, std::less<>> values{};  // only what differs from the default
  std::set<pid_t> members{};  // of the root: unused, as it holds everyone who is in no other group
};

// What a write changes besides its own file.
struct Surroundings {
  pid_t writer = 0;
  const Processes& processes;
  std::function<void(pid_t, Group&)> move;                  // makes the process a member
  std::function<std::vector<pid_t>(const Group&)> members;  // that exist, in rising order
};

struct ControlFile;
using Reader = Answer<std::string> (*)(const ControlFile&, const Group&, const Surroundings&);
using Writer = int (*)(const ControlFile&, Group&, std::string_view, const Surroundings&);

enum class Where { All, RootOnly, NotRoot };

// One row: a file that appears in the groups of a controller. A mode without the bit for reading
// (or writing) makes read(2) (or write(2)) fail with EINVAL, as kernfs does for root.
struct ControlFile {
  const char* name;
  mode_t mode;
  Where where;
  const char* fresh;              // content of a new group, without the last newline
  Writer write = nullptr;         // null: EINVAL
  Reader read = nullptr;          // null: what was written last, or `fresh`
  const char* at_root = nullptr;  // content of the root where it differs

  std::string value_in(const Group& group) const;
};

using Family = std::span<const ControlFile>;
Family core_files();  // in the groups of every controller
Family cpu_files();
Family cpuacct_files();
Family cpuset_files();
Family memory_files();
Family pids_files();
Family devices_files();
Family freezer_files();
Family blkio_files();

// The directories below the mount point, sorted.
std::span<const char* const> controllers();
// All files that a group has, the core files first.
std::vector<const ControlFile*> files_of(const Group& group);

Answer<std::string> read_file_of(const ControlFile& file, const Group& group,
                                 const Surroundings& around);
// One write(2) is one command.
int write_file_of(const ControlFile& file, Group& group, std::string_view text,
                  const Surroundings& around);

}  // namespace testbed::cgroupfs
