#include "emulator/cgroupfs/control_files.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "emulator/cgroupfs/numbers.h"

namespace testbed {

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
  const auto find_in = [&](std::span<const ControlFile> table) -> const ControlFile* {
    for (const ControlFile& file : table) {
      if (file.name == name && has_file(group, file)) return &file;
    }
    return nullptr;
  };
  if (const ControlFile* file = find_in(group.layout.core)) return file;
  for (const Controller* controller : group.controllers) {
    if (const ControlFile* file = find_in(controller->files)) return file;
  }
  return nullptr;
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
