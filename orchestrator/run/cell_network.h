#pragma once

#include "orchestrator/base/scoped_mount.h"

namespace testbed {

// The network of one cell: two namespaces joined by a veth pair. The sandbox gets one, in which
// `lo` is up and `eth0` has an address and a default route; the other stands for the world outside,
// and sends whatever it has no better way for back to the sandbox. Nothing of it is to be seen in
// the machine's own namespace, so that all cells have the same addresses.
//
// Both are held by bind mounts below the run's area, and end with these: the clean-up of a dead
// run, which detaches every mount there, undoes them too.
class CellNetwork {
 public:
  // Below `folder`, which must be the caller's. Needs root, and `ip` and `unshare`.
  static Result<CellNetwork> make(const fs::path& folder);

  // Files that setns(2) and OCI's `path` of a namespace take.
  const fs::path& sandbox() const { return sandbox_.target(); }
  const fs::path& outside() const { return outside_.target(); }
  Result<> undo();

 private:
  CellNetwork(ScopedMount sandbox, ScopedMount outside)
      : sandbox_(std::move(sandbox)), outside_(std::move(outside)) {}
  ScopedMount sandbox_, outside_;
};

// Of `eth0` in the sandbox, and of the world outside: addresses for documentation (RFC 5737), which
// no network that a workload makes will use.
inline constexpr const char* kSandboxAddress = "192.0.2.2";
inline constexpr const char* kOutsideAddress = "192.0.2.1";

}  // namespace testbed
