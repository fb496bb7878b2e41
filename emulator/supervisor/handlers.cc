#include "emulator/supervisor/handlers.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace testbed::supervisor {
namespace {

enum : int {
  kGetcwd = 79,
  kReadlink = 89,
  kStatfs = 137,
  kFstatfs = 138,
  kPivotRoot = 155,
  kChroot = 161,
  kMount = 165,
  kReadlinkat = 267,
  kSetns = 308,
  kIoUringSetup = 425,
  kOpenat2 = 437
};

std::span<const char> bytes_of(const auto& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

// A file system that does not know statfs for its files (cgroupfs of gVisor before 20230710) still
// has a type for those who ask us.
void fill_unknown(struct statfs& about) {
  about = {};
  about.f_bsize = about.f_frsize = 4096;
  about.f_namelen = 255;
}

}  // namespace

Handlers::Handlers(Rules rules)
    : rules_(std::move(rules)), map_(rules_.redirects), failing_counts_(rules_.failing.size(), 0) {}

FilterPlan Handlers::plan() const {
  FilterPlan plan;
  if (!rules_.redirects.empty()) {
    for (const Call& call : all_calls()) {
      if (call.takes_path()) plan.traced.insert(call.number);
    }
    plan.traced.insert({kGetcwd, kIoUringSetup, kSetns});
  }
  if (!rules_.statfs_types.empty()) {
    plan.traced.insert({kStatfs, kFstatfs, kChroot, kPivotRoot, kSetns});
  }
  if (rules_.mount_without_rec) plan.traced.insert(kMount);
  for (const Failing& rule : rules_.failing) plan.traced.insert(rule.call->number);
  for (const Call* call : rules_.logged) plan.traced.insert(call->number);
  for (const int number : plan.traced) {
    const Call* call = find_call(static_cast<long>(number));
    if (call != nullptr && call->i386 >= 0) plan.denied_i386.insert(call->i386);
  }
  return plan;
}

Decision Handlers::decide(const StoppedCall& stopped) {
  if (const auto fault = failing(stopped, "")) return *fault;
  switch (stopped.call->number) {
    case kStatfs:
      return statfs(stopped);
    case kFstatfs:
      return fstatfs(stopped);
    case kReadlink:
    case kReadlinkat:
      return readlink(stopped);
    case kGetcwd:
      return getcwd(stopped);
    case kIoUringSetup:
      // Calls made through a ring are seen by no filter.
      return Decision::answer(-ENOSYS, "ring", "");
    case kSetns:
      roots_are_ours_ = false;
      return {};
    case kChroot:
    case kPivotRoot:
      roots_are_ours_ = false;
      return by_paths(stopped);
    default:
      return by_paths(stopped);
  }
}

bool Handlers::logs(const Call* call) const {
  return std::find(rules_.logged.begin(), rules_.logged.end(), call) != rules_.logged.end();
}

std::optional<Decision> Handlers::failing(const StoppedCall& stopped, const std::string& path) {
  for (std::size_t i = 0; i < rules_.failing.size(); ++i) {
    const Failing& rule = rules_.failing[i];
    if (rule.call != stopped.call || rule.path.empty() != path.empty()) continue;
    if (!path.empty() && !is_within_pattern(path, rule.path)) continue;
    if (++failing_counts_[i] % rule.every == 0) {
      return Decision::answer(-rule.error, "fail", path);
    }
  }
  return std::nullopt;
}

std::uint64_t Handlers::type_of(const std::string& path) const {
  const StatfsType* best = nullptr;
  for (const StatfsType& rule : rules_.statfs_types) {
    if (!is_within_pattern(path, rule.path)) continue;
    if (best == nullptr || rule.path.size() > best->path.size()) best = &rule;
  }
  return best == nullptr ? 0 : best->type;
}

std::optional<Resolution> Handlers::walk(const StoppedCall& stopped, const PathArgument& argument,
                                         ProcessFiles& files, std::string& path) const {
  // What cannot be read is left to the kernel, which says EFAULT or ENAMETOOLONG itself.
  if (stopped.memory->read_path(stopped.tid, stopped.args[argument.path], path) != 0) return {};
  if (path.empty() || !files.reachable()) return {};
  std::string start;
  if (path[0] != '/') {
    const int fd = argument.dirfd < 0 ? AT_FDCWD : static_cast<int>(stopped.args[argument.dirfd]);
    start = fd == AT_FDCWD ? files.working_directory() : files.open_file(fd);
    if (start.empty()) return {};
  }
  std::uint64_t how = 0;
  if (argument.follow == Follow::OpenHow) {
    char bytes[sizeof how];
    if (stopped.memory->read(stopped.tid, stopped.args[argument.flags], bytes) != 0) return {};
    std::memcpy(&how, bytes, sizeof how);
  }
  Resolution found = resolve(map_, files,
                             {.root = files.root(),
                              .start = start,
                              .path = path,
                              .follow_last = follows_last(argument, stopped.args, how)});
  if (found.kind == Resolution::Kind::Unknown) return {};
  return found;
}

// The source of a mount is a path only if something is bound or moved.
bool Handlers::concerns(const StoppedCall& stopped, const PathArgument& argument) const {
  if (argument.path < 0) return false;
  const bool source = stopped.call->number == kMount && argument.path == 0;
  return !source || (stopped.args[3] & (MS_BIND | MS_MOVE)) != 0;
}

Decision Handlers::redirected(const StoppedCall& stopped, const PathArgument& argument,
                              const Resolution& found, const ProcessFiles& files,
                              Decision decision) const {
  if (found.kind != Resolution::Kind::Redirected) return decision;
  std::string kept = found.kept;
  if (!files.to_process(kept)) return decision;
  if (stopped.call->number == kOpenat2) {
    std::uint64_t how[3] = {};
    char bytes[sizeof how];
    if (stopped.memory->read(stopped.tid, stopped.args[2], bytes) != 0) return decision;
    std::memcpy(how, bytes, sizeof how);
    constexpr std::uint64_t kWithinDirfd = 0x08 | 0x10;  // RESOLVE_BENEATH, RESOLVE_IN_ROOT
    // An absolute path cannot be asked for below a directory; callers fall back to openat.
    if ((how[2] & kWithinDirfd) != 0) return Decision::answer(-ENOSYS, "redirect", found.shown);
  }
  decision.kind = Decision::Kind::Run;
  decision.rule = "redirect";
  decision.object = found.shown;
  decision.paths.emplace_back(argument.path, std::move(kept));
  return decision;
}

Decision Handlers::by_paths(const StoppedCall& stopped) {
  Decision decision;
  ProcessFiles files(stopped.tid, roots_are_ours_);
  for (const PathArgument& argument : stopped.call->paths) {
    if (!concerns(stopped, argument)) continue;
    std::string path;
    const auto found = walk(stopped, argument, files, path);
    if (!found) continue;
    if (auto fault = failing(stopped, found->shown)) return *fault;
    decision = redirected(stopped, argument, *found, files, std::move(decision));
    if (decision.kind == Decision::Kind::Return) return decision;
  }
  if (stopped.call->number == kMount && rules_.mount_without_rec &&
      (stopped.args[3] & MS_REC) != 0) {
    decision.kind = Decision::Kind::Run;
    if (*decision.rule == '\0') decision.rule = "mountcall";
    decision.args.emplace_back(3, stopped.args[3] & ~std::uint64_t{MS_REC});
  }
  return decision;
}

Decision Handlers::statfs(const StoppedCall& stopped) {
  ProcessFiles files(stopped.tid, roots_are_ours_);
  std::string path;
  const auto found = walk(stopped, stopped.call->paths[0], files, path);
  if (!found) return {};
  if (auto fault = failing(stopped, found->shown)) return *fault;
  const std::uint64_t type = type_of(found->shown);
  if (type == 0) return redirected(stopped, stopped.call->paths[0], *found, files, {});
  struct statfs about {};
  if (::statfs(found->kept.c_str(), &about) != 0) {
    if (errno != ENOSYS) return Decision::answer(-errno, "statfs", found->shown);
    fill_unknown(about);
  }
  about.f_type = static_cast<decltype(about.f_type)>(type);
  const int error = stopped.memory->write(stopped.tid, stopped.args[1], bytes_of(about));
  return Decision::answer(-error, "statfs", found->shown);
}

Decision Handlers::fstatfs(const StoppedCall& stopped) {
  const ProcessFiles files(stopped.tid, roots_are_ours_);
  const int fd = static_cast<int>(stopped.args[0]);
  const std::string kept = files.open_file(fd);
  if (kept.empty()) return {};
  const std::string shown = map_.shown_as(kept).value_or(kept);
  if (auto fault = failing(stopped, shown)) return *fault;
  const std::uint64_t type = type_of(shown);
  if (type == 0) return {};
  struct statfs about {};
  const std::string link = "/proc/" + std::to_string(stopped.tid) + "/fd/" + std::to_string(fd);
  if (::statfs(link.c_str(), &about) != 0) fill_unknown(about);
  about.f_type = static_cast<decltype(about.f_type)>(type);
  const int error = stopped.memory->write(stopped.tid, stopped.args[1], bytes_of(about));
  return Decision::answer(-error, "statfs", shown);
}

// Links of /proc tell where a file is kept; the program is to read where it believes it to be.
Decision Handlers::readlink(const StoppedCall& stopped) {
  Decision decision = by_paths(stopped);
  const PathArgument& argument = stopped.call->paths[0];
  const int after = argument.path + 1;
  const auto size = static_cast<std::int32_t>(stopped.args[after + 1]);
  if (decision.kind == Decision::Kind::Return || size <= 0) return decision;
  ProcessFiles files(stopped.tid, roots_are_ours_);
  std::string path;
  const auto found = walk(stopped, argument, files, path);
  if (!found) return decision;
  const LinkRead link = files.read_link(found->kept);
  if (link.kind != LinkRead::Kind::Jump) return decision;
  auto shown = map_.shown_as(link.target);
  if (!shown || !files.to_process(*shown)) return decision;
  shown->resize(std::min(shown->size(), static_cast<std::size_t>(size)));
  const int error = stopped.memory->write(stopped.tid, stopped.args[after], *shown);
  return Decision::answer(error != 0 ? -error : static_cast<std::int64_t>(shown->size()),
                          "redirect", found->shown);
}

Decision Handlers::getcwd(const StoppedCall& stopped) {
  const ProcessFiles files(stopped.tid, roots_are_ours_);
  if (!files.reachable()) return {};
  auto shown = map_.shown_as(files.working_directory());
  if (!shown || !files.to_process(*shown)) return {};
  const std::size_t size = shown->size() + 1;
  if (size > stopped.args[1]) return Decision::answer(-ERANGE, "redirect", *shown);
  const int error = stopped.memory->write(stopped.tid, stopped.args[0], {shown->c_str(), size});
  return Decision::answer(error != 0 ? -error : static_cast<std::int64_t>(size), "redirect",
                          *shown);
}

}  // namespace testbed::supervisor
