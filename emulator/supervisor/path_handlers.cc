// Calls that take a path, and those that give one back.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "emulator/supervisor/handlers.h"

namespace testbed::supervisor {
namespace {

// The source of a mount is a path only if something is bound or moved.
bool concerns(const StoppedCall& stopped, const PathArgument& argument) {
  if (argument.path < 0) return false;
  const bool source = stopped.call->number == number::kMount && argument.path == 0;
  return !source || (stopped.args[3] & (MS_BIND | MS_MOVE)) != 0;
}

Decision shown_text(const StoppedCall& stopped, std::uint64_t to, std::span<const char> text,
                    std::string path) {
  const int error = stopped.memory->write(stopped.tid, to, text);
  const auto length = static_cast<std::int64_t>(text.size());
  return Decision::answer(error != 0 ? -error : length, "redirect", std::move(path));
}

}  // namespace

std::optional<Handlers::Walked> Handlers::walk(const StoppedCall& stopped,
                                               const PathArgument& argument, ProcessFiles& files) {
  Walked walked;
  if (stopped.memory->read_path(stopped.tid, stopped.args[argument.path], walked.path) != 0) {
    return std::nullopt;
  }
  if (walked.path.empty() || !files.reachable()) return std::nullopt;
  std::string start;
  if (walked.path[0] != '/') {
    const int fd = argument.dirfd < 0 ? AT_FDCWD : static_cast<int>(stopped.args[argument.dirfd]);
    start = fd == AT_FDCWD ? files.working_directory() : files.open_file(fd);
    if (start.empty()) return std::nullopt;
  }
  OpenHow how;
  if (argument.follow == Follow::OpenHow) {
    const auto read = read_open_how(stopped);
    if (!read) return std::nullopt;
    how = *read;
  }
  walked.found = resolved(files, {.root = files.root(),
                                  .start = start,
                                  .path = walked.path,
                                  .follow_last = follows_last(argument, stopped.args, how.flags),
                                  .slash_follows = argument.follow != Follow::Entry});
  if (walked.found.kind == Resolution::Kind::Unknown) return std::nullopt;
  return walked;
}

// Most calls of a program name the same few files; an absolute name, from our root, leads every
// thread to the same place.
Resolution Handlers::resolved(ProcessFiles& files, const Walk& walk) {
  if (!roots_are_ours_ || !walk.start.empty()) return resolve(map_, files, walk);
  const char kind = walk.follow_last ? '+' : walk.slash_follows ? '-' : '=';
  const std::string key = kind + std::string(walk.path);
  if (const Resolution* known = links_.walked(key)) return *known;
  const std::uint64_t generation = links_.generation();
  Resolution found = resolve(map_, files, walk);
  if (files.read_what_lasts()) links_.remember(key, found, generation);
  return found;
}

Decision Handlers::redirected(const StoppedCall& stopped, const PathArgument& argument,
                              const Resolution& found, const ProcessFiles& files,
                              Decision decision) const {
  if (found.kind != Resolution::Kind::Redirected) return decision;
  std::string kept = found.kept;
  if (!files.to_process(kept)) return decision;
  if (stopped.call->number == number::kOpenat2) {
    constexpr std::uint64_t kWithinDirfd = 0x08 | 0x10;  // RESOLVE_BENEATH, RESOLVE_IN_ROOT
    const auto how = read_open_how(stopped);
    // A path elsewhere cannot be asked for below a directory; callers fall back to openat.
    if (how && (how->resolve & kWithinDirfd) != 0) {
      return Decision::answer(-ENOSYS, "redirect", found.shown);
    }
  }
  decision.kind = Decision::Kind::Run;
  decision.rule = "redirect";
  decision.object = found.shown;
  decision.paths.emplace_back(argument.path, std::move(kept));
  return decision;
}

Decision Handlers::by_paths(const StoppedCall& stopped) {
  Decision decision;
  ProcessFiles files = files_of(stopped);
  for (const PathArgument& argument : stopped.call->paths) {
    if (!concerns(stopped, argument)) continue;
    const auto walked = walk(stopped, argument, files);
    if (!walked) continue;
    if (auto fault = failing(stopped, walked->found.shown)) return *fault;
    if (auto answer = made_up(stopped, walked->found)) return *answer;
    decision = redirected(stopped, argument, walked->found, files, std::move(decision));
    if (decision.kind == Decision::Kind::Return) return decision;
  }
  const bool mounts = stopped.call->number == number::kMount;
  if (mounts && rules_.mount_without_rec && (stopped.args[3] & MS_REC) != 0) {
    decision.kind = Decision::Kind::Run;
    decision.rule = "mountcall";
    decision.args.emplace_back(3, stopped.args[3] & ~std::uint64_t{MS_REC});
  }
  return decision;
}

// Looked at before the call: afterwards the old name may lead nowhere.
Decision Handlers::change_root(const StoppedCall& stopped) {
  constexpr std::size_t kMostRoots = 256;
  ProcessFiles files = files_of(stopped);
  const auto walked = walk(stopped, stopped.call->paths[0], files);
  if (walked && roots_.size() < kMostRoots && is_within(walked->found.kept, files.root())) {
    std::string inside = walked->found.kept;
    files.to_process(inside);
    const std::string seen = "/proc/" + std::to_string(stopped.tid) + "/root" + inside;
    struct stat about {};
    const bool there = ::stat(seen.c_str(), &about) == 0;
    const bool known = std::any_of(roots_.begin(), roots_.end(), [&](const KnownRoot& root) {
      return root.device == about.st_dev && root.inode == about.st_ino;
    });
    if (there && !known) roots_.push_back({walked->found.shown, about.st_dev, about.st_ino});
  }
  Decision decision = by_paths(stopped);
  roots_are_ours_ = false;
  return decision;
}

// Links of /proc tell where a file is kept; the program is to read where it believes it to be.
Decision Handlers::readlink(const StoppedCall& stopped) {
  ProcessFiles files = files_of(stopped);
  const PathArgument& argument = stopped.call->paths[0];
  const auto walked = walk(stopped, argument, files);
  if (!walked) return {};
  const Resolution& found = walked->found;
  if (auto fault = failing(stopped, found.shown)) return *fault;
  const Decision decision = redirected(stopped, argument, found, files, {});
  const auto to = static_cast<std::size_t>(argument.path) + 1;
  const auto size = static_cast<std::int32_t>(stopped.args[to + 1]);
  if (decision.kind == Decision::Kind::Return || size <= 0) return decision;
  const LinkRead link = files.read_link(found.kept);
  if (link.kind != LinkRead::Kind::Jump) return decision;
  std::string text = path_of_memory_file(link_text(files.seen_from_here(found.kept).c_str()));
  if (text.empty()) {
    auto shown = map_.shown_as(link.target);
    if (!shown || !files.to_process(*shown)) return decision;
    text = std::move(*shown);
  }
  text.resize(std::min(text.size(), static_cast<std::size_t>(size)));
  return shown_text(stopped, stopped.args[to], text, found.shown);
}

Decision Handlers::getcwd(const StoppedCall& stopped) {
  const ProcessFiles files = files_of(stopped);
  if (!files.reachable()) return {};
  auto shown = map_.shown_as(files.working_directory());
  if (!shown || !files.to_process(*shown)) return {};
  const std::size_t size = shown->size() + 1;
  if (size > stopped.args[1]) return Decision::answer(-ERANGE, "redirect", *shown);
  return shown_text(stopped, stopped.args[0], {shown->c_str(), size}, *shown);
}

}  // namespace testbed::supervisor
