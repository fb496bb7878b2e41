#pragma once

#include "orchestrator/base/scoped_mount.h"
#include "orchestrator/bundle/oci_config.h"

namespace testbed {

// An OCI bundle on disk: config.json and a root that is an overlay of a root file system which
// nobody may change. Undone with its owner.
class Bundle {
 public:
  // Below `directory`, which must exist and be on a file system that can hold an overlay's upper
  // layer (tmpfs can). `lower` is the root file system; spec.rootfs is filled in.
  static Result<Bundle> make(const fs::path& directory, const fs::path& lower, BundleSpec spec);

  const fs::path& directory() const { return directory_; }
  // Takes the overlay away, and says whether that went well.
  Result<> undo() { return root_.unmount(); }

 private:
  Bundle(fs::path directory, ScopedMount root)
      : directory_(std::move(directory)), root_(std::move(root)) {}
  fs::path directory_;
  ScopedMount root_;
};

}  // namespace testbed
