#include "emulator/cni/net_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/files.h"

namespace testbed::cni {
namespace {

// The library's code 8: the plugin would work on its own namespace (cni/pkg/skel).
constexpr auto kOwnNamespace = static_cast<Code>(8);

bool same_file(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

bool own_is_allowed() {
  const char* value = std::getenv("CNI_NETNS_OVERRIDE");
  return value && (std::string_view(value) == "1" || std::string_view(value) == "true");
}

}  // namespace

Answer<NetNamespace> NetNamespace::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    return Failure{.code = errno == ENOENT ? Code::UnknownContainer : Code::IoFailure,
                   .msg = "failed to open netns \"" + path + "\": " + errno_text(errno)};
  }
  UniqueFd own(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!own.valid()) {
    return Failure{.code = Code::IoFailure,
                   .msg = errno_error("open", "/proc/self/ns/net", errno).message};
  }
  if (same_file(fd.get(), own.get()) && !own_is_allowed()) {
    return Failure{.code = kOwnNamespace,
                   .msg = "plugin's netns and netns from CNI_NETNS should not be the same",
                   .details = path};
  }
  return NetNamespace(path, std::move(fd), std::move(own));
}

Answer<> NetNamespace::inside(const std::function<Answer<>()>& work) const {
  if (::setns(fd_.get(), CLONE_NEWNET) != 0) {
    const bool other_file = errno == EINVAL;  // nsfs alone can be entered
    return Failure{
        .code = other_file ? Code::InvalidEnvironment : Code::NetworkFailed,
        .msg = "CNI_NETNS: failed to enter netns \"" + path_ + "\": " + errno_text(errno)};
  }
  auto outcome = work();
  if (::setns(own_.get(), CLONE_NEWNET) != 0) {
    return Failure{.code = Code::NetworkFailed, .msg = "leave netns: " + errno_text(errno)};
  }
  return outcome;
}

}  // namespace testbed::cni
