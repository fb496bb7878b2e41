#include "emulator/cgroupfs/control_files.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <unordered_map>

#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

struct FileTable {
  explicit FileTable(const Layout& layout) {
    const auto add = [this](std::span<const ControlFile> files, const Controller* controller) {
      for (const ControlFile& file : files) {
        by_name.emplace(file.name, rows.size());
        rows.emplace_back(&file, controller);
      }
    };
    add(layout.core, nullptr);
    for (const Controller& controller : layout.controllers) add(controller.files, &controller);
  }
  std::vector<std::pair<const ControlFile*, const Controller*>> rows{};
  std::unordered_map<std::string_view, std::size_t> by_name{};
};

const FileTable& table_of(const Layout& layout) {
  static const FileTable kV1(layout_v1()), kV2(layout_v2());
  return layout.unified ? kV2 : kV1;
}

}  // namespace

bool has_file(const Group& group, const ControlFile& file) {
  switch (file.where) {
    case Where::Everywhere:
      return true;
    case Where::Root:
      return is_root(group);
    case Where::BelowRoot:
      return !is_root(group);
    case Where::Pressure:
      return number_of(group, "cgroup.pressure") != 0;
  }
  return false;
}

std::vector<const ControlFile*> files_of(const Group& group) {
  std::vector<const ControlFile*> files;
  const auto add = [&](std::span<const ControlFile> table) {
    for (const ControlFile& file : table) {
      if (has_file(group, file)) files.push_back(&file);
    }
  };
  add(group.layout.core);
  for (const Controller* controller : group.controllers) add(controller->files);
  return files;
}

const ControlFile* find_file(const Group& group, std::string_view name) {
  const FileTable& table = table_of(group.layout);
  const auto at = table.by_name.find(name);
  return at == table.by_name.end() ? nullptr : file_in_row(group, at->second);
}

std::size_t row_of(const Layout& layout, const ControlFile& file) {
  return table_of(layout).by_name.at(file.name);
}

std::string_view name_of_row(const Layout& layout, std::size_t row) {
  const FileTable& table = table_of(layout);
  return row < table.rows.size() ? table.rows[row].first->name : std::string_view();
}

const ControlFile* file_in_row(const Group& group, std::size_t row) {
  const FileTable& table = table_of(group.layout);
  if (row >= table.rows.size()) return nullptr;
  const auto& [file, controller] = table.rows[row];
  const bool there = controller == nullptr || group.controllers.contains(controller);
  return there && has_file(group, *file) ? file : nullptr;
}

Permissions permissions_of(const Group& group, const ControlFile& file) {
  const auto changed = group.permissions.find(file.name);
  if (changed != group.permissions.end()) return changed->second;
  // Files belong to who made the group, also when the directory is given away.
  return {file.mode, group.maker.uid, group.maker.gid};
}

int check_permissions(const Permissions& permissions, bool directory, int mask,
                      const Caller& caller) {
  // Root may do all but execute what nobody may execute (capable_wrt_inode_uidgid()).
  if (caller.uid == 0) {
    const bool runs = directory || (permissions.mode & 0111) != 0;
    return (mask & X_OK) != 0 && !runs ? EACCES : 0;
  }
  const unsigned shift = caller.uid == permissions.uid ? 6 : caller.gid == permissions.gid ? 3 : 0;
  const auto wanted = static_cast<mode_t>(mask & 7);
  return (permissions.mode >> shift & wanted) == wanted ? 0 : EACCES;
}

std::string value_of(const Group& group, std::string_view file) {
  if (const auto at = group.values.find(file); at != group.values.end()) return at->second;
  const ControlFile* row = find_file(group, file);
  return row ? std::string(row->initial) : "";
}

long long number_of(const Group& group, std::string_view file) {
  return std::atoll(value_of(group, file).c_str());
}

Reply<std::string> read_value(const Access& access) {
  return value_of(access.group, access.file.name) + "\n";
}

Reply<std::string> read_text(const Access& access) {
  return value_of(access.group, access.file.name);
}

int write_ignored(const Access&, std::string_view) { return 0; }

int write_flag(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  return number ? store(access, *number != 0 ? "1" : "0") : number.error();
}

int store(const Access& access, std::string value) {
  access.group.values[std::string(access.file.name)] = std::move(value);
  return 0;
}

bool is_root(const Group& group) { return group.parent == nullptr; }

bool is_block_device(const std::string& numbers) {
  return ::access(("/sys/dev/block/" + numbers).c_str(), F_OK) == 0;
}

unsigned cpu_count() { return static_cast<unsigned>(std::max(1, ::get_nprocs_conf())); }

}  // namespace testbed
