// What file system a path or an open file belongs to.
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#include "emulator/supervisor/handlers.h"

namespace testbed::supervisor {
namespace {

constexpr std::chrono::seconds kDevicesFresh(1);

// A file system that does not know statfs for its files (cgroupfs of gVisor before 20230710) still
// has a type for those who ask us.
void fill_unknown(struct statfs& about) {
  about = {};
  about.f_bsize = about.f_frsize = 4096;
  about.f_namelen = 255;
}

Decision tell(const StoppedCall& stopped, struct statfs about, std::uint64_t type,
              std::string path) {
  about.f_type = static_cast<decltype(about.f_type)>(type);
  const int error = stopped.memory->write(stopped.tid, stopped.args[1], bytes_of(about));
  return Decision::answer(-error, "statfs", std::move(path));
}

dev_t device_of(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? about.st_dev : 0;
}

}  // namespace

std::uint64_t Handlers::type_of(const std::string& path) const {
  const StatfsType* best = nullptr;
  for (const StatfsType& rule : rules_.statfs_types) {
    if (!is_within_pattern(path, rule.path)) continue;
    if (best == nullptr || rule.path.size() > best->path.size()) best = &rule;
  }
  return best == nullptr ? 0 : best->type;
}

std::uint64_t Handlers::type_by_device(dev_t device) {
  const auto now = std::chrono::steady_clock::now();
  if (now - devices_since_ > kDevicesFresh) {
    devices_since_ = now;
    typed_devices_.clear();
    for (const StatfsType& rule : rules_.statfs_types) {
      const std::string kept = map_.kept_at(rule.path).value_or(rule.path);
      const dev_t own = device_of(kept);
      if (own != 0 && own != device_of(kept + "/..")) typed_devices_.emplace_back(own, rule.type);
    }
  }
  for (const auto& [known, type] : typed_devices_) {
    if (known == device) return type;
  }
  return 0;
}

Decision Handlers::statfs(const StoppedCall& stopped) {
  ProcessFiles files = files_of(stopped);
  const auto walked = walk(stopped, stopped.call->paths[0], files);
  if (!walked) return {};
  const Resolution& found = walked->found;
  if (auto fault = failing(stopped, found.shown)) return *fault;
  const std::uint64_t type = type_of(found.shown);
  if (type == 0) return redirected(stopped, stopped.call->paths[0], found, files, {});
  struct statfs about {};
  if (::statfs(files.seen_from_here(found.kept).c_str(), &about) != 0) {
    if (errno != ENOSYS) return Decision::answer(-errno, "statfs", found.shown);
    fill_unknown(about);
  }
  return tell(stopped, about, type, found.shown);
}

// By what the descriptor refers to, not by its number: it may come from dup, fork, exec or another
// process.
Decision Handlers::fstatfs(const StoppedCall& stopped) {
  const ProcessFiles files = files_of(stopped);
  const int fd = static_cast<int>(stopped.args[0]);
  const std::string link = "/proc/" + std::to_string(stopped.tid) + "/fd/" + std::to_string(fd);
  struct statfs about {};
  const std::string made_up = path_of_memory_file(link_text(link.c_str()));
  if (!made_up.empty()) {
    if (::statfs(made_up.c_str(), &about) != 0) fill_unknown(about);
    const std::uint64_t type = type_of(made_up);
    return tell(stopped, about, type != 0 ? type : static_cast<std::uint64_t>(about.f_type),
                made_up);
  }
  const std::string kept = files.open_file(fd);
  if (kept.empty()) return {};
  const std::string shown = map_.shown_as(kept).value_or(kept);
  if (auto fault = failing(stopped, shown)) return *fault;
  std::uint64_t type = files.reachable() ? type_of(shown) : 0;
  if (type == 0 && !rules_.statfs_types.empty()) type = type_by_device(device_of(link));
  if (type == 0) return {};
  if (::statfs(link.c_str(), &about) != 0) fill_unknown(about);
  return tell(stopped, about, type, shown);
}

}  // namespace testbed::supervisor
