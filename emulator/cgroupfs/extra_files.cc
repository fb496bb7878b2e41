#include "emulator/cgroupfs/extra_files.h"

#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

namespace testbed {
namespace {

// Node ids are computed, so that nothing has to be kept for a process that somebody looked up: its
// directory and the file in it follow from its id.
enum Fixed : NodeId {
  kProc = 2,
  kCgroups,
  kMountinfo,
  kMounts,
  kSelf,
  kSelfFile,
  kThreadSelf,
  kThreadSelfFile
};
constexpr NodeId kFirstProcess = 1000;

NodeId directory_of(pid_t id) { return kFirstProcess + 2 * static_cast<NodeId>(id); }
bool is_process(NodeId id) { return id >= kFirstProcess; }
pid_t process_of(NodeId id) { return static_cast<pid_t>((id - kFirstProcess) / 2); }

bool is_directory(NodeId id) {
  if (is_process(id)) return id % 2 == 0;
  return id == kTop || id == kProc || id == kSelf || id == kThreadSelf;
}

struct Name {
  NodeId parent, id;
  std::string_view name;
};
constexpr std::array<Name, 8> kNames{{{kTop, kProc, "proc"},
                                      {kTop, kMountinfo, "mountinfo"},
                                      {kTop, kMounts, "mounts"},
                                      {kProc, kCgroups, "cgroups"},
                                      {kProc, kSelf, "self"},
                                      {kProc, kThreadSelf, "thread-self"},
                                      {kSelf, kSelfFile, "cgroup"},
                                      {kThreadSelf, kThreadSelfFile, "cgroup"}}};

pid_t number_in(std::string_view name) {
  pid_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  const bool whole = error == std::errc() && end == name.data() + name.size() && name[0] != '0';
  return whole && id > 0 ? id : 0;
}

constexpr const char* kMountOptions = "rw,nosuid,nodev,noexec,relatime";

// As in mangle_path(): what would break the line is written in octal.
std::string mangled(const std::string& path) {
  std::string text;
  for (const char letter : path) {
    switch (letter) {
      case ' ':
        text += "\\040";
        break;
      case '\t':
        text += "\\011";
        break;
      case '\n':
        text += "\\012";
        break;
      case '\\':
        text += "\\134";
        break;
      default:
        text += letter;
    }
  }
  return text;
}

}  // namespace

std::string mountinfo_lines(const std::vector<ShownMount>& mounts) {
  constexpr int kFirstId = 900000;
  std::string text;
  int id = kFirstId;
  for (const ShownMount& mount : mounts) {
    const auto device = static_cast<dev_t>(mount.device);
    text += std::to_string(id) + " " + std::to_string(id == kFirstId ? 1 : kFirstId) + " " +
            std::to_string(major(device)) + ":" + std::to_string(minor(device)) + " / " +
            mangled(mount.directory) + " " + kMountOptions + " - " + mount.type + " " + mount.type +
            " rw" + (mount.options.empty() ? "" : "," + mount.options) + "\n";
    ++id;
  }
  return text;
}

std::string mounts_lines(const std::vector<ShownMount>& mounts) {
  std::string text;
  for (const ShownMount& mount : mounts) {
    text += mount.type + " " + mangled(mount.directory) + " " + mount.type + " " + kMountOptions +
            (mount.options.empty() ? "" : "," + mount.options) + " 0 0\n";
  }
  return text;
}

void ExtraFiles::set_mounts(std::vector<ShownMount> mounts) {
  const std::lock_guard lock(mutex_);
  mounts_ = std::move(mounts);
}

bool ExtraFiles::exists(pid_t id) const { return processes_.leader_of(id).has_value(); }

Reply<Attributes> ExtraFiles::attributes(NodeId id) {
  if (is_process(id) && !exists(process_of(id))) return Errno{ENOENT};
  const bool known =
      id == kTop || is_process(id) ||
      std::any_of(kNames.begin(), kNames.end(), [&](const Name& name) { return name.id == id; });
  if (!known) return Errno{ENOENT};
  constexpr std::uint64_t kClaimedSize = 65536;  // gVisor takes a file of size 0 for an empty one
  const bool directory = is_directory(id);
  return Attributes{.id = id,
                    .directory = directory,
                    .permissions = {static_cast<mode_t>(directory ? 0555 : 0444)},
                    .size = directory ? 0 : kClaimedSize,
                    .created = 0};
}

Reply<Attributes> ExtraFiles::lookup(NodeId directory, std::string_view name) {
  for (const Name& row : kNames) {
    if (row.parent == directory && row.name == name) return attributes(row.id);
  }
  if (directory == kProc) {
    if (const pid_t id = number_in(name)) return attributes(directory_of(id));
  }
  if (is_process(directory) && is_directory(directory) && name == "cgroup") {
    return attributes(directory + 1);
  }
  return Errno{is_directory(directory) ? ENOENT : ENOTDIR};
}

// Not to be changed: what is asked is answered, and nothing happens.
Reply<Attributes> ExtraFiles::change(NodeId id, const AttributeChange&) { return attributes(id); }

Reply<std::vector<Entry>> ExtraFiles::list(NodeId directory) {
  if (!is_directory(directory)) return Errno{ENOTDIR};
  std::vector<Entry> entries;
  for (const Name& row : kNames) {
    if (row.parent == directory) {
      entries.push_back({row.id, std::string(row.name), is_directory(row.id)});
    }
  }
  if (directory == kProc) {
    for (const pid_t id : processes_.all()) {
      entries.push_back({directory_of(id), std::to_string(id), true});
    }
  }
  if (is_process(directory)) entries.push_back({directory + 1, "cgroup", false});
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.id < b.id; });
  return entries;
}

int ExtraFiles::refuse(NodeId parent, std::string_view name, int refusal) {
  return lookup(parent, name) ? EEXIST : refusal;
}

int ExtraFiles::check_access(NodeId id, int mask, const Caller&) {
  const auto found = attributes(id);
  if (!found) return found.error();
  if ((mask & W_OK) != 0) return EACCES;
  return (mask & X_OK) != 0 && !found->directory ? EACCES : 0;
}

Reply<std::uint64_t> ExtraFiles::open(NodeId file, const Caller&) {
  const auto found = attributes(file);
  if (!found) return Errno{found.error()};
  const std::lock_guard lock(mutex_);
  open_[++last_handle_];
  return last_handle_;
}

void ExtraFiles::close(std::uint64_t handle) {
  const std::lock_guard lock(mutex_);
  open_.erase(handle);
}

Reply<std::string> ExtraFiles::text_of(NodeId file, const Caller& caller) {
  if (file == kCgroups) return served_.proc_cgroups();
  if (file == kMountinfo || file == kMounts) {
    const std::lock_guard lock(mutex_);
    return file == kMounts ? mounts_lines(mounts_) : mountinfo_lines(mounts_);
  }
  const pid_t process = is_process(file) ? process_of(file) : caller.pid;
  return served_.proc_cgroup(process);
}

Reply<std::string> ExtraFiles::read(NodeId file, std::uint64_t handle, std::uint64_t offset,
                                    std::size_t size, const Caller& caller) {
  if (is_directory(file)) return Errno{EISDIR};
  Reply<std::string> text = std::string();
  if (offset > 0) {
    const std::lock_guard lock(mutex_);
    const auto opened = open_.find(handle);
    if (opened != open_.end()) text = opened->second;
  } else {
    text = text_of(file, caller);
    if (!text) return Errno{text.error()};
    const std::lock_guard lock(mutex_);
    if (const auto opened = open_.find(handle); opened != open_.end()) opened->second = *text;
  }
  return offset < text->size() ? text->substr(offset, size) : std::string();
}

}  // namespace testbed
