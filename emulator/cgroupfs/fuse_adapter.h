#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "emulator/cgroupfs/hierarchy.h"
#include "orchestrator/base/result.h"
#include "orchestrator/base/unique_fd.h"

struct fuse_session;

namespace testbed::cgroupfs {

// The hierarchy, spoken to in the FUSE protocol. With fuse_adapter.cc the only user of libfuse.
class FuseAdapter {
 public:
  // Serves an already mounted descriptor of /dev/fuse, which it owns from then on.
  static Result<std::unique_ptr<FuseAdapter>> make(UniqueFd fd, Hierarchy& hierarchy,
                                                   const std::set<std::string>& handlers,
                                                   double timeout_seconds);
  ~FuseAdapter();
  int fd() const { return fd_; }

  // The next request of this thread; empty once the file system is unmounted.
  std::span<const std::byte> receive();
  // Handles it, and tells the errno of the answer (0 for a good one) just before it is sent. What
  // libfuse answers itself, because there is no handler, is not told.
  using Tell = std::function<void(int)>;
  void handle(const Tell& tell);

 private:
  FuseAdapter(Hierarchy& hierarchy, double timeout) : hierarchy_(hierarchy), timeout_(timeout) {}
  friend struct Handlers;

  Hierarchy& hierarchy_;
  double timeout_;
  int fd_ = -1;
  fuse_session* session_ = nullptr;
};

}  // namespace testbed::cgroupfs
