#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/cgroupfs/group.h"
#include "emulator/cgroupfs/processes.h"
#include "emulator/cgroupfs/reply.h"

namespace testbed {

struct ControlFile;

// What one read or write is about.
struct Access {
  Group& group;
  const ControlFile& file;
  const Processes& processes;
  pid_t caller;
};

using ReadFile = Reply<std::string> (*)(const Access&);
using WriteFile = int (*)(const Access&, std::string_view text);  // 0 or errno

enum class Where { Everywhere, Root, BelowRoot };

// One row of a table. Without `read` or `write` that is EINVAL, as in kernfs.
struct ControlFile {
  std::string_view name;
  mode_t mode;
  std::string_view initial;  // of a fresh group, without the newline
  ReadFile read;
  WriteFile write;
  Where where = Where::Everywhere;
};

struct Controller {
  std::string_view name;
  std::span<const ControlFile> files;
  void (*prepare)(Group&);          // a new group's values that are not the initial ones
  int (*may_attach)(const Group&);  // 0 or why no process may enter
};

// The hierarchies of layout v1, in the order in which they are listed.
std::span<const Controller> controllers();
// The files that every group has.
std::span<const ControlFile> core_files();

bool has_file(const Group& group, const ControlFile& file);
const ControlFile* find_file(const Group& group, std::string_view name);

// What is stored for a file, or its initial content.
std::string value_of(const Group& group, std::string_view file);
// The same as a number; 0 if it is none.
long long number_of(const Group& group, std::string_view file);

// The processes in the group that still live.
std::vector<pid_t> live_members(Group& group, const Processes& processes);

// Reading and writing that many files share.
Reply<std::string> read_value(const Access& access);  // the stored value and a newline
Reply<std::string> read_text(const Access& access);   // the stored text, which may be empty
int write_ignored(const Access& access, std::string_view text);
int write_flag(const Access& access, std::string_view text);  // any number: 0 or 1
int store(const Access& access, std::string value);

// Tables of the families.
std::span<const ControlFile> cpu_files();
std::span<const ControlFile> cpuacct_files();
std::span<const ControlFile> cpuset_files();
std::span<const ControlFile> memory_files();
std::span<const ControlFile> pids_files();
std::span<const ControlFile> devices_files();
std::span<const ControlFile> freezer_files();
std::span<const ControlFile> blkio_files();
void prepare_cpu(Group& group);
void prepare_cpuset(Group& group);
void prepare_devices(Group& group);
int cpuset_may_attach(const Group& group);
unsigned cpu_count();

}  // namespace testbed
