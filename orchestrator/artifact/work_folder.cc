#include "orchestrator/artifact/work_folder.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "orchestrator/base/scoped_mount.h"

namespace testbed {
namespace {

constexpr int kRounds = 20;
constexpr int kEndMilliseconds = 1000;
constexpr std::size_t kEnvironmentLimit = std::size_t{1} << 20;

bool works_for(const std::string& pid, const std::string& mark) {
  const std::string environment =
      '\0' + read_part("/proc/" + pid + "/environ", 0, kEnvironmentLimit);
  return environment.find('\0' + mark + '\0') != std::string::npos;
}

// The descriptor is opened before the look, so that the signal reaches who was looked at, also when
// the number has gone to somebody else since.
bool end_if_it_works_for(const std::string& pid, const std::string& mark) {
  const int number = std::atoi(pid.c_str());
  if (number <= 0 || number == ::getpid()) return false;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, number, 0)));
  if (!process.valid() || !works_for(pid, mark)) return false;
  ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  pollfd ended{process.get(), POLLIN, 0};
  ::poll(&ended, 1, kEndMilliseconds);
  return true;
}

// Again and again, since one that is being ended may just have started another.
Result<> end_tools_of(const fs::path& folder) {
  const std::string mark = std::string(kWorkVariable) + "=" + folder.string();
  for (int round = 0; round < kRounds; ++round) {
    bool found = false;
    for (const std::string& pid : list_directory("/proc")) {
      if (end_if_it_works_for(pid, mark)) found = true;
    }
    if (!found) return {};
  }
  return Error{"tools at work in " + folder.string() + " do not end"};
}

}  // namespace

Result<> remove_work_folder(const fs::path& folder) {
  if (::access(folder.c_str(), F_OK) != 0) return {};
  TRY(end_tools_of(folder));
  if (!mounts_below(folder).empty()) TRY(detach_mounts_below(folder));
  return remove_tree(folder);
}

}  // namespace testbed
