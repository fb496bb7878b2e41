#include "orchestrator/bundle/bundle.h"

namespace testbed {

Result<Bundle> Bundle::make(const fs::path& directory, const fs::path& lower, BundleSpec spec) {
  const fs::path root = directory / "rootfs";
  ScopedMount overlay = TRY(ScopedMount::overlay(lower, directory / "layers", root));
  spec.rootfs = root.string();
  TRY(write_file(directory / "config.json", to_pretty(oci_config(spec))));
  return Bundle(directory, std::move(overlay));
}

}  // namespace testbed
