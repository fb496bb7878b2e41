#include <gtest/gtest.h>

#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/bundle/bundle.h"

namespace testbed {
namespace {

TEST(Bundle, WhatTheSandboxWritesNeverReachesTheRootFilesystem) {
  REQUIRE_HOST(host::lacks_overlay_mounts());
  const TempDir dir = TempDir::make(fs::temp_directory_path(), "bundle").value();
  const ScopedMount work = ScopedMount::tmpfs(dir.path() / "work", std::size_t{1} << 20).value();
  ASSERT_TRUE(is_ok(make_directories(dir.path() / "lower")));
  ASSERT_TRUE(is_ok(write_file(dir.path() / "lower" / "file", "kept")));
  {
    const auto bundle = Bundle::make(work.target(), dir.path() / "lower", {});
    ASSERT_TRUE(is_ok(bundle));
    EXPECT_EQ(read_file(bundle->directory() / "rootfs" / "file").value(), "kept");
    ASSERT_TRUE(is_ok(write_file(bundle->directory() / "rootfs" / "file", "changed")));
  }
  EXPECT_EQ(read_file(dir.path() / "lower" / "file").value(), "kept");
  EXPECT_EQ(mounts_below(dir.path()), std::vector<fs::path>{work.target()});
}

}  // namespace
}  // namespace testbed
