#include "orchestrator/run/area.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "orchestrator/base/deadline.h"
#include "orchestrator/base/log.h"

namespace testbed {
namespace {

constexpr const char* kLockSuffix = ".lock";

fs::path area_of(const std::string& run_id) { return root_of_areas() / run_id; }
fs::path lock_of(const std::string& run_id) { return root_of_areas() / (run_id + kLockSuffix); }

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// Processes other than ours whose command line names the area, or that inherited the run's
// variable.
std::vector<pid_t> processes_of(const fs::path& path, const std::string& run_id) {
  std::vector<pid_t> found;
  const std::string variable = std::string(kRunVariable) + "=" + run_id;
  for (const std::string& name : list_directory("/proc")) {
    if (!is_number(name) || std::stol(name) == ::getpid()) continue;
    const fs::path proc = fs::path("/proc") / name;
    const std::string command = read_part(proc / "cmdline", 0, 16384);
    const bool named = command.find(path.string() + "/") != std::string::npos;
    const std::string environment =
        run_id.empty() || named ? "" : read_part(proc / "environ", 0, 65536);
    if (named || ('\0' + environment).find('\0' + variable + '\0') != std::string::npos) {
      found.push_back(static_cast<pid_t>(std::stol(name)));
    }
  }
  return found;
}

void end_processes(const fs::path& path, const std::string& run_id) {
  const Deadline limit = Deadline::after(milliseconds(5000));
  while (!limit.expired()) {
    const std::vector<pid_t> pids = processes_of(path, run_id);
    if (pids.empty()) return;
    for (const pid_t pid : pids) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(milliseconds(20));
  }
  log_warning("processes of " + path.string() + " do not end");
}

// The group and those below it, in every hierarchy.
std::vector<fs::path> groups_of(const std::string& run_id) {
  std::vector<fs::path> groups;
  std::vector<fs::path> hierarchies = {"/sys/fs/cgroup"};
  for (const std::string& name : list_directory("/sys/fs/cgroup")) {
    hierarchies.push_back(fs::path("/sys/fs/cgroup") / name);
  }
  std::error_code error;
  for (const fs::path& hierarchy : hierarchies) {
    const fs::path group = hierarchy.string() + RunArea::cgroup_of(run_id);
    if (fs::is_symlink(hierarchy, error) || !fs::is_directory(group, error)) continue;
    groups.push_back(group);
    for (fs::recursive_directory_iterator entry(group, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->is_directory(error)) groups.push_back(entry->path());
    }
  }
  return groups;
}

void remove_groups(const std::string& run_id) {
  std::vector<fs::path> groups = groups_of(run_id);
  std::sort(groups.begin(), groups.end(), std::greater<>());  // the deepest first
  const Deadline limit = Deadline::after(milliseconds(3000));
  for (const fs::path& group : groups) {
    while (::rmdir(group.c_str()) != 0 && errno == EBUSY && !limit.expired()) {
      const std::string members = read_part(group / "cgroup.procs", 0, 65536);
      for (std::size_t at = 0; at < members.size(); at = members.find('\n', at) + 1) {
        const pid_t pid = std::atoi(members.c_str() + at);
        if (pid > 1) ::kill(pid, SIGKILL);
        if (members.find('\n', at) == std::string::npos) break;
      }
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
}

Result<> undo_run(const std::string& run_id) {
  end_processes(area_of(run_id), run_id);
  remove_groups(run_id);
  TRY(detach_mounts_below(area_of(run_id)));
  TRY(remove_tree(area_of(run_id)));
  ::unlink(lock_of(run_id).c_str());
  return {};
}

std::size_t half_of_memory() {
  struct sysinfo info {};
  ::sysinfo(&info);
  return info.totalram / 2 * info.mem_unit;
}

}  // namespace

fs::path root_of_areas() {
  const char* chosen = std::getenv("TESTBED_RUN_DIR");
  if (chosen && *chosen) return chosen;
  if (::geteuid() == 0) return "/run/testbed";
  return fs::temp_directory_path() / ("testbed-" + std::to_string(::geteuid()));
}

Result<RunArea> RunArea::make(const std::string& run_id) {
  TRY(make_directories(root_of_areas()));
  UniqueFd lock = TRY(open_file(lock_of(run_id), O_RDWR | O_CREAT, 0600));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return errno_error("lock", lock_of(run_id), errno);
  if (::geteuid() != 0) {  // then there are no overlays, which are what needs a tmpfs
    TRY(make_directories(area_of(run_id)));
    return RunArea(run_id, std::move(lock), std::nullopt);
  }
  ScopedMount mount = TRY(ScopedMount::tmpfs(area_of(run_id), half_of_memory()));
  return RunArea(run_id, std::move(lock), std::move(mount));
}

fs::path RunArea::directory() const { return area_of(run_id_); }

Result<> RunArea::undo() {
  if (!lock_.valid()) return {};
  if (mount_) mount_->release();
  auto undone = undo_run(run_id_);
  lock_.reset();
  return undone;
}

RunArea::~RunArea() {
  if (auto undone = undo(); !undone) log_warning(undone.error().message);
}

std::vector<std::string> clean_up_after_dead_runs() {
  std::vector<std::string> cleaned;
  for (const std::string& name : list_directory(root_of_areas())) {
    if (!name.ends_with(kLockSuffix)) continue;
    const UniqueFd lock(::open((root_of_areas() / name).c_str(), O_RDWR | O_CLOEXEC));
    if (!lock.valid() || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;  // alive
    const std::string run_id = name.substr(0, name.size() - std::string(kLockSuffix).size());
    if (auto undone = undo_run(run_id); undone)
      cleaned.push_back(run_id);
    else
      log_warning("cleaning up after " + run_id + ": " + undone.error().message);
  }
  return cleaned;
}

std::vector<std::string> find_leftovers(const fs::path& path) {
  std::vector<std::string> found;
  for (const pid_t pid : processes_of(path, "")) {
    std::string command = read_part("/proc/" + std::to_string(pid) + "/cmdline", 0, 200);
    std::replace(command.begin(), command.end(), '\0', ' ');
    found.push_back("process: " + command);
  }
  for (const fs::path& mount : mounts_below(path)) found.push_back("mount: " + mount.string());
  return found;
}

}  // namespace testbed
