#include "emulator/cgroupfs/mount.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <thread>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/files.h"

namespace testbed {
namespace {

constexpr long kFuseMagic = 0x65735546, kTmpfsMagic = 0x01021994;
constexpr std::chrono::seconds kPatience(2);

// Follows no link: what is mounted on the directory itself.
bool is_mount_point(const std::string& directory) {
  struct stat own {
  }, above{};
  return ::lstat(directory.c_str(), &own) == 0 &&
         ::lstat((directory + "/..").c_str(), &above) == 0 && own.st_dev != above.st_dev;
}

bool is_of_type(const std::string& directory, long magic) {
  struct statfs status {};
  return ::statfs(directory.c_str(), &status) == 0 && status.f_type == magic;
}

Occupant ask(const std::string& directory) {
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) {
    return errno == ENOTCONN ? Occupant::Dead : Occupant::None;
  }
  if (!is_mount_point(directory) || !is_of_type(directory, kFuseMagic)) {
    return errno == ENOTCONN ? Occupant::Dead : Occupant::None;
  }
  return Occupant::Alive;
}

int detach(const std::string& directory) {
  return ::umount2(directory.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0 ? 0 : errno;
}

std::optional<Failure> failed(const std::string& what, int error) {
  return Failure{error == EPERM || error == EACCES ? kExitNotPermitted : kExitInternal,
                 what + ": " + errno_text(error)};
}

}  // namespace

std::string mount_data(int device, const Options& options) {
  std::string data = "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";
  if (options.default_permissions) data += ",default_permissions";
  if (options.allow_other) data += ",allow_other";
  return data;
}

// A thread of its own asks, as a server that is stopped never answers.
Occupant occupant_of(const std::string& directory) {
  std::packaged_task<Occupant()> task([directory] {
    errno = 0;
    return ask(directory);
  });
  auto answer = task.get_future();
  std::thread(std::move(task)).detach();
  return answer.wait_for(kPatience) == std::future_status::ready ? answer.get() : Occupant::Silent;
}

std::string Mounts::directory_of(const RootPlan& root) const {
  return options_.separate_mounts ? options_.mountpoint + "/" + root.name : options_.mountpoint;
}

std::optional<Failure> Mounts::prepare() {
  if (auto failure = evict()) return failure;
  if (auto failure = lock()) return failure;
  return options_.separate_mounts ? make_top() : std::nullopt;
}

// What is left of servers that were killed goes. A tmpfs in which such mounts were is theirs too.
std::optional<Failure> Mounts::evict() {
  const std::string& top = options_.mountpoint;
  std::vector<std::string> places{top};
  if (!options_.extra.empty()) places.push_back(options_.extra);
  for (const std::string& place : places) {
    bool ignored = false;
    if (auto failure = evict_from(place, ignored)) return failure;
  }
  if (!is_mount_point(top) || !is_of_type(top, kTmpfsMagic)) return std::nullopt;
  for (const std::string& name : list_directory(top)) {
    if (auto failure = evict_from(top + "/" + name, adopted_)) return failure;
  }
  if (!adopted_ || options_.separate_mounts) return std::nullopt;
  adopted_ = false;
  const int error = detach(top);
  return error == 0 ? std::nullopt : failed("cannot detach the tmpfs on " + top, error);
}

std::optional<Failure> Mounts::evict_from(const std::string& place, bool& found_dead) {
  Occupant occupant = occupant_of(place);
  for (; occupant == Occupant::Dead; occupant = occupant_of(place)) {
    if (const int error = detach(place)) {
      return failed("cannot detach the mount that a dead server has left on " + place, error);
    }
    found_dead = true;
  }
  if (occupant == Occupant::None) return std::nullopt;
  const bool silent = occupant == Occupant::Silent;
  return Failure{kExitUnavailable,
                 place +
                     (silent ? " does not answer: the server there is stopped, or hangs"
                             : " is served by another FUSE server") +
                     "; end that one first, or unmount it: umount -l " + place};
}

// Held until the program ends, so that of two that start at once one is refused. It is the
// directory that gets covered by the mount.
std::optional<Failure> Mounts::lock() {
  lock_ = UniqueFd(::open(options_.mountpoint.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_.valid()) return mount_failure(options_.mountpoint, errno);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return std::nullopt;
  return Failure{kExitUnavailable,
                 options_.mountpoint + " belongs to another cgroupfs, which is just starting"};
}

std::optional<Failure> Mounts::make_top() {
  const std::string& top = options_.mountpoint;
  if (!adopted_) {
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (::mount("tmpfs", top.c_str(), "tmpfs", flags, "mode=755") != 0) {
      return mount_failure(top, errno);
    }
  }
  mounted_.push_back(top);
  for (const RootPlan& root : options_.plan.roots) {
    const std::string directory = directory_of(root);
    if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
      return failed("cannot make " + directory, errno);
    }
    for (const std::string& link : root.links) {
      if (::symlink(root.name.c_str(), (top + "/" + link).c_str()) != 0 && errno != EEXIST) {
        return failed("cannot link " + top + "/" + link, errno);
      }
    }
  }
  return std::nullopt;
}

std::optional<Failure> Mounts::add(int device, const std::string& directory, const char* source) {
  const std::string data = mount_data(device, options_);
  const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  // The source is that of a real mount; gVisor shows "none".
  if (::mount(source, directory.c_str(), "fuse", flags, data.c_str()) != 0) {
    return mount_failure(directory, errno);
  }
  mounted_.push_back(directory);
  return std::nullopt;
}

std::vector<ShownMount> Mounts::shown() const {
  const std::string& top = options_.mountpoint;
  const std::string& seen = options_.shown_at.empty() ? top : options_.shown_at;
  std::vector<ShownMount> lines;
  const auto add_line = [&](const std::string& directory, const std::string& name, std::string type,
                            std::string super_options) {
    struct stat status {};
    const bool known = ::stat(directory.c_str(), &status) == 0;
    lines.push_back({.directory = name.empty() ? seen : seen + "/" + name,
                     .device = known ? status.st_dev : 0,
                     .type = std::move(type),
                     .options = std::move(super_options)});
  };
  if (!options_.plan.top_is_root()) add_line(top, "", "tmpfs", "mode=755");
  for (const RootPlan& root : options_.plan.roots) {
    const bool unified = root.layout->unified;
    add_line(directory_of(root), root.name, unified ? "cgroup2" : "cgroup",
             unified ? "nsdelegate" : hierarchy_options(root.controllers));
  }
  return lines;
}

std::optional<Failure> Mounts::undo() {
  std::optional<Failure> first;
  for (; !mounted_.empty(); mounted_.pop_back()) {
    const int error = detach(mounted_.back());
    const bool gone = error == EINVAL || error == ENOENT;  // somebody else has unmounted it
    if (error != 0 && !gone && !first) first = failed("cannot unmount " + mounted_.back(), error);
  }
  return first;
}

Failure device_failure(int error) {
  const std::string what = "cannot open /dev/fuse: " + errno_text(error);
  if (error == EACCES || error == EPERM) {
    return {kExitNotPermitted, what + "; run as root"};
  }
  return {kExitUnavailable,
          what +
              "; load the module (modprobe fuse), or pass the device into the container; "
              "runsc before 20221212 needs --fuse"};
}

Failure mount_failure(const std::string& mountpoint, int error) {
  const std::string what = "cannot mount on " + mountpoint + ": " + errno_text(error);
  if (error == EPERM || error == EACCES) {
    return {kExitNotPermitted, what + "; run as root or with CAP_SYS_ADMIN in the mount namespace"};
  }
  if (error == ENOENT) return {kExitBadValue, what + "; make it first or give --make-dir"};
  if (error == ENOTDIR) return {kExitBadValue, what + "; it has to be a directory"};
  if (error == ENODEV) {
    return {kExitUnavailable, what + "; this kernel has no FUSE file system"};
  }
  return {kExitInternal, what};
}

}  // namespace testbed
