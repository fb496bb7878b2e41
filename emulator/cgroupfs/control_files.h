#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/cgroupfs/file_tree.h"
#include "emulator/cgroupfs/machine.h"
#include "emulator/cgroupfs/reply.h"

namespace testbed {

struct ControlFile;

// What one read or write is about.
struct Access {
  Group& group;
  const ControlFile& file;
  Machine& machine;
  pid_t caller;   // who reads or writes
  Caller opener;  // who opened the file
};

using ReadFile = Reply<std::string> (*)(const Access&);
using WriteFile = int (*)(const Access&, std::string_view text);  // 0 or errno

// Pressure: where cgroup.pressure is 1.
enum class Where { Everywhere, Root, BelowRoot, Pressure };

// One row of a table. Without `read` or `write` that is EINVAL, as in kernfs.
struct ControlFile {
  std::string_view name;
  mode_t mode;
  std::string_view initial;  // of a fresh group, without the newline
  ReadFile read;
  WriteFile write;
  Where where = Where::Everywhere;
  std::size_t longest = 4096;  // what one write may carry: kernfs takes a page, a few files more
  bool raises_events = false;  // by what happens to the members: poll(2) and inotify tell
};

struct Controller {
  std::string_view name;
  std::span<const ControlFile> files;
  void (*prepare)(Group&);          // a new group's values that are not the initial ones
  int (*may_attach)(const Group&);  // 0 or why no process may enter
  bool threaded = false;            // fit for threaded groups (v2)
};

// A version of cgroups.
struct Layout {
  std::string_view name;                    // as --layout takes it
  bool unified;                             // one tree for all controllers; else a tree for each
  std::span<const ControlFile> core;        // what every group has
  std::span<const Controller> controllers;  // in the order in which they are listed
  void (*prepare)(Group&);                  // a new group, before its controllers do
  int (*may_make)(const Group& parent);     // 0 or why it takes no further group
  int (*may_attach)(Group&, Machine&);      // 0 or why no process may enter
};

const Layout& layout_v1();
const Layout& layout_v2();
// None of that name: none.
const Layout* find_layout(std::string_view name);

bool has_file(const Group& group, const ControlFile& file);
// All that the group has at the moment.
std::vector<const ControlFile*> files_of(const Group& group);
const ControlFile* find_file(const Group& group, std::string_view name);
// Every file that a group of the layout can have has a row of its own.
std::size_t row_of(const Layout& layout, const ControlFile& file);
std::string_view name_of_row(const Layout& layout, std::size_t row);  // empty: there is none
// None where the group does not have it.
const ControlFile* file_in_row(const Group& group, std::size_t row);
Permissions permissions_of(const Group& group, const ControlFile& file);
// Whether that caller may do what `mask` (R_OK, W_OK, X_OK) says: 0 or EACCES.
int check_permissions(const Permissions& permissions, bool directory, int mask,
                      const Caller& caller);

// What is stored for a file, or its initial content.
std::string value_of(const Group& group, std::string_view file);
// The same as a number; 0 if it is none.
long long number_of(const Group& group, std::string_view file);

// Reading and writing that many files share.
Reply<std::string> read_value(const Access& access);  // the stored value and a newline
Reply<std::string> read_text(const Access& access);   // the stored text, which may be empty
int write_ignored(const Access& access, std::string_view text);
int write_flag(const Access& access, std::string_view text);  // any number: 0 or 1
int store(const Access& access, std::string value);
bool is_root(const Group& group);
bool is_block_device(const std::string& numbers);  // "MAJOR:MINOR"

// Tables of the families.
std::span<const ControlFile> core_files();
std::span<const ControlFile> v2_core_files();
std::span<const ControlFile> v2_cpu_files();
std::span<const ControlFile> v2_cpuset_files();
std::span<const ControlFile> v2_hugetlb_files();
std::span<const ControlFile> v2_io_files();
std::span<const ControlFile> v2_memory_files();
std::span<const ControlFile> v2_pids_files();
std::span<const ControlFile> hugetlb_files();
std::span<const ControlFile> net_cls_files();
std::span<const ControlFile> net_prio_files();
std::span<const ControlFile> misc_files();
std::span<const ControlFile> rdma_files();
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
void prepare_memory(Group& group);
void prepare_net_cls(Group& group);
void prepare_net_prio(Group& group);
void prepare_v1(Group& group);
int cpuset_may_attach(const Group& group);
int v2_may_make(const Group& parent);
int v2_may_attach(Group& group, Machine& machine);
unsigned cpu_count();

}  // namespace testbed
