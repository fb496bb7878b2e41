#pragma once

#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <vector>

#include "emulator/supervisor/bpf_filter.h"
#include "emulator/supervisor/handler.h"
#include "emulator/supervisor/link_cache.h"
#include "emulator/supervisor/path_map.h"
#include "emulator/supervisor/process_files.h"
#include "emulator/supervisor/rules.h"
#include "emulator/supervisor/virtual_files.h"

namespace testbed::supervisor {

// The rules, ready to be applied to calls. handlers.cc says which handler a call has; the handlers
// are in path_handlers.cc, statfs_handlers.cc and file_handlers.cc.
class Handlers {
 public:
  explicit Handlers(Rules rules);

  // Which calls have to be asked about, and no others.
  FilterPlan plan() const;
  Decision decide(const StoppedCall& stopped);
  bool logs(const Call* call) const;

 private:
  // A path argument, and where it leads.
  struct Walked {
    std::string path{};
    Resolution found{};
  };

  Decision by_paths(const StoppedCall& stopped);
  Decision readlink(const StoppedCall& stopped);
  Decision getcwd(const StoppedCall& stopped);
  Decision change_root(const StoppedCall& stopped);
  Decision statfs(const StoppedCall& stopped);
  Decision fstatfs(const StoppedCall& stopped);

  // Nothing when the argument cannot be read or leads to what has no path of ours: then the kernel
  // is the one to answer.
  std::optional<Walked> walk(const StoppedCall& stopped, const PathArgument& argument,
                             ProcessFiles& files);
  Resolution resolved(ProcessFiles& files, const Walk& walk);
  Decision redirected(const StoppedCall& stopped, const PathArgument& argument,
                      const Resolution& found, const ProcessFiles& files, Decision decision) const;
  std::optional<Decision> failing(const StoppedCall& stopped, const std::string& path);
  // Opened, or asked about, what no file system has.
  std::optional<Decision> made_up(const StoppedCall& stopped, const Resolution& found) const;
  std::optional<Decision> open_made_up(const StoppedCall& stopped, const Resolution& found,
                                       std::uint64_t flags) const;

  std::uint64_t type_of(const std::string& path) const;  // 0: no rule
  std::uint64_t type_by_device(dev_t device);            // 0: no rule
  ProcessFiles files_of(const StoppedCall& stopped) {
    return {stopped.tid, roots_are_ours_, roots_, links_};
  }

  Rules rules_;
  PathMap map_;
  VirtualFiles virtual_files_;
  std::vector<std::uint64_t> failing_counts_{};
  LinkCache links_{};
  std::vector<KnownRoot> roots_{};
  bool roots_are_ours_ = true;  // until somebody changes a root

  // Of rules whose path is a mount point: all of that device is of the rule's type, wherever it is
  // bound to and whatever it is called by now.
  std::vector<std::pair<dev_t, std::uint64_t>> typed_devices_{};
  std::chrono::steady_clock::time_point devices_since_{};
};

// The numbers that handlers are told apart by (x86-64).
namespace number {
inline constexpr int kOpen = 2, kStat = 4, kLstat = 6, kAccess = 21, kClone = 56, kGetcwd = 79,
                     kCreat = 85, kReadlink = 89, kStatfs = 137, kFstatfs = 138, kPivotRoot = 155,
                     kChroot = 161, kMount = 165, kOpenat = 257, kNewfstatat = 262,
                     kReadlinkat = 267, kFaccessat = 269, kSetns = 308, kMemfdCreate = 319,
                     kStatx = 332, kIoUringSetup = 425, kOpenat2 = 437, kFaccessat2 = 439;
}  // namespace number

template <class Object>
std::span<const char> bytes_of(const Object& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

// struct open_how of openat2(2), as far as it is looked at.
struct OpenHow {
  std::uint64_t flags = 0, mode = 0, resolve = 0;
};
std::optional<OpenHow> read_open_how(const StoppedCall& stopped);

}  // namespace testbed::supervisor
