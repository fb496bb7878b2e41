#pragma once

#include <functional>
#include <string>

#include "emulator/cni/failure.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::cni {

// A container's network namespace, held open.
class NetNamespace {
 public:
  // UnknownContainer where there is none at that path; the library's code 8 where it is this
  // process's own and CNI_NETNS_OVERRIDE does not allow that.
  static Answer<NetNamespace> open(const std::string& path);

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

  // Calls `work` with the calling thread in the namespace, and comes back whatever it returns.
  Answer<> inside(const std::function<Answer<>()>& work) const;

 private:
  NetNamespace(std::string path, UniqueFd fd, UniqueFd own)
      : path_(std::move(path)), fd_(std::move(fd)), own_(std::move(own)) {}

  std::string path_;
  UniqueFd fd_, own_;
};

}  // namespace testbed::cni
