#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "emulator/probe/operations.h"

namespace testbed::probe {
namespace {

Result<Outcome> mount_file_system(const Arguments& arguments) {
  constexpr Word kFlags[] = {
      {"ro", MS_RDONLY},
      {"nosuid", MS_NOSUID},
      {"nodev", MS_NODEV},
      {"noexec", MS_NOEXEC},
      {"remount", MS_REMOUNT},
      {"bind", MS_BIND},
      {"rec", MS_REC},
      {"private", MS_PRIVATE},
      {"slave", MS_SLAVE},
      {"shared", MS_SHARED},
      {"unbindable", MS_UNBINDABLE},
      {"noatime", MS_NOATIME},
      {"relatime", MS_RELATIME},
      {"move", MS_MOVE},
      {"silent", MS_SILENT},
  };
  const unsigned long flags = TRY(bits_of(argument_or(arguments, 3, ""), kFlags));
  const char* data = arguments.size() > 4 ? arguments[4].c_str() : nullptr;
  return call("mount", SYS_mount, arguments[0].c_str(), arguments[1].c_str(), arguments[2].c_str(),
              flags, data);
}

Result<Outcome> unmount_file_system(const Arguments& arguments) {
  constexpr Word kFlags[] = {{"detach", MNT_DETACH},
                             {"force", MNT_FORCE},
                             {"expire", MNT_EXPIRE},
                             {"nofollow", UMOUNT_NOFOLLOW}};
  const unsigned long flags = TRY(bits_of(argument_or(arguments, 1, ""), kFlags));
  return call("umount2", SYS_umount2, arguments[0].c_str(), flags);
}

// In mountinfo a space is "\040"; tab, newline and backslash are written the same way.
std::string without_octal(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 3)), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool in_mountinfo(const std::string& path) {
  std::ifstream mountinfo("/proc/self/mountinfo");
  for (std::string line; std::getline(mountinfo, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root, target;
    if (fields >> id >> parent >> device >> root >> target && without_octal(target) == path)
      return true;
  }
  return false;
}

Outcome mount_found(Outcome outcome, bool found, const char* method) {
  outcome.error = 0;
  outcome.result = 0;
  outcome.value = {{"mountpoint", found}, {"method", method}};
  return outcome;
}

// A bind mount within one file system has the device number of its parent, and a FUSE server may
// refuse the stat: then only mountinfo shows the mount. A sandbox may hide mountinfo, but cannot
// hide another device.
Result<Outcome> look_for_mount(const Arguments& arguments) {
  struct stat here {
  }, above{};
  const std::string& path = arguments[0];
  const std::string parent = path + "/..";
  char resolved[PATH_MAX];
  const std::string real = ::realpath(path.c_str(), resolved) ? resolved : path;
  Outcome outcome = call("newfstatat", SYS_newfstatat, AT_FDCWD, path.c_str(), &here, 0);
  const bool is_directory = outcome.error == 0 && S_ISDIR(here.st_mode);
  if (is_directory) {
    outcome = call("newfstatat", SYS_newfstatat, AT_FDCWD, parent.c_str(), &above, 0);
  }
  const bool both = is_directory && outcome.error == 0;
  if (both && here.st_dev != above.st_dev) return mount_found(std::move(outcome), true, "device");
  if (both && here.st_ino == above.st_ino) return mount_found(std::move(outcome), true, "root");
  const bool listed = in_mountinfo(real);
  if (outcome.error != 0 && !listed) return outcome;
  return mount_found(std::move(outcome), listed, "mountinfo");
}

constexpr Word kNamespaces[] = {
    {"mnt", CLONE_NEWNS},  {"pid", CLONE_NEWPID},       {"net", CLONE_NEWNET},
    {"uts", CLONE_NEWUTS}, {"ipc", CLONE_NEWIPC},       {"user", CLONE_NEWUSER},
    {"time", 0x80},        {"cgroup", CLONE_NEWCGROUP}, {"files", CLONE_FILES},
    {"fs", CLONE_FS},
};

Result<Outcome> unshare_namespaces(const Arguments& arguments) {
  return call("unshare", SYS_unshare, TRY(bits_of(arguments[0], kNamespaces)));
}

Result<Outcome> enter_namespace(const Arguments& arguments) {
  const unsigned long kind = TRY(bits_of(argument_or(arguments, 1, ""), kNamespaces));
  const Outcome opened =
      call("openat", SYS_openat, AT_FDCWD, arguments[0].c_str(), O_RDONLY | O_CLOEXEC);
  if (opened.error != 0) return opened;
  const Outcome entered = call("setns", SYS_setns, opened.result, kind);
  close_raw(opened.result);
  return entered;
}

constexpr Operation kOperations[] = {
    {"mount", "SOURCE TARGET TYPE [FLAGS] [DATA]", 3, 5, mount_file_system,
     "FLAGS: ro nosuid nodev noexec remount bind rec private slave shared ..."},
    {"umount", "TARGET [detach,force,expire,nofollow]", 1, 2, unmount_file_system, "unmounts"},
    {"mountpoint", "PATH", 1, 1, look_for_mount,
     "value: mountpoint (true or false), method (device, root or mountinfo)"},
    {"unshare", "mnt,pid,net,uts,ipc,user,cgroup,time,files,fs", 1, 1, unshare_namespaces,
     "leaves namespaces"},
    {"setns", "PATH [KIND]", 1, 2, enter_namespace, "enters a namespace"},
};

}  // namespace

std::span<const Operation> mount_operations() { return kOperations; }

}  // namespace testbed::probe
