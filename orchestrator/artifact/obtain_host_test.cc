#include <gtest/gtest.h>

#include <cstdlib>

#include "orchestrator/artifact/obtain.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed {
namespace {

using std::chrono::seconds;

// The one helper: one version from one real source, in a cache that ends with the test.
Result<ObtainedArtifact> obtain_from(Cache& cache, Artifact::Kind kind, SourceSpec spec) {
  const Artifact artifact{.name = "runsc",
                          .kind = kind,
                          .summary = "",
                          .versions = {{.label = "1", .sources = {std::move(spec)}, .note = ""}},
                          .file = "test"};
  return obtain(artifact, "1", cache,
                {.offline = false,
                 .only_source = "",
                 .progress = {},
                 .deadline = Deadline::after(seconds(100)),
                 .stop = {},
                 .make = {}});
}

std::string run(const std::vector<std::string>& argv) {
  const auto output =
      must_succeed({.argv = argv, .env = {}, .cwd = {}}, Deadline::after(seconds(30)));
  return output ? *output : output.error().message;
}

// The packages' server as apt sees it, so that a machine without a network skips.
std::string lacks_debian_package(const std::string& package) {
  const auto printed =
      run_command({.argv = {"apt-get", "download", "--print-uris", package}, .env = {}, .cwd = "/"},
                  Deadline::after(seconds(30)));
  if (printed && succeeded(printed->status)) return "";
  return "apt lists with " + package + ": apt-get update";
}

TEST(ObtainOnThisHost, DebianGivesARunscThatRuns) {
  REQUIRE_HOST(lacks_debian_package("runsc=0.0~20221219.0-2*"));
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-obtain").value();
  Cache cache = Cache::open({.root = folder.path(), .limit_bytes = 1 << 30}).value();
  const auto got = obtain_from(
      cache, Artifact::Kind::Program,
      {.kind = "debian",
       .settings = {
           {"package", "runsc"}, {"version", "0.0~20221219.0-2*"}, {"file", "usr/bin/runsc"}}});
  if (!got && got.error().message.find("E: Failed to fetch") != std::string::npos) {
    GTEST_SKIP() << "needs the Debian mirror: " << got.error().message;
  }
  ASSERT_TRUE(is_ok(got));
  EXPECT_NE(run({got->directory + "/runsc", "--version"}).find("20221219"), std::string::npos);
}

TEST(ObtainOnThisHost, AnOciImageGivesARootFileSystemThatABundleCanUse) {
  REQUIRE_HOST(host::lacks_root());
  REQUIRE_HOST(host::lacks_program("skopeo", "skopeo"));
  REQUIRE_HOST(host::lacks_program("umoci", "umoci"));
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-obtain").value();
  const std::string layout = folder.path() / "layout", content = folder.path() / "content";
  ASSERT_TRUE(is_ok(make_directories(content + "/etc")));
  ASSERT_TRUE(is_ok(write_file(content + "/etc/motd", "hello")));
  run({"umoci", "init", "--layout", layout});
  run({"umoci", "new", "--image", layout + ":one"});
  run({"umoci", "insert", "--image", layout + ":one", content + "/etc", "/etc"});
  Cache cache = Cache::open({.root = folder.path() / "cache", .limit_bytes = 1 << 30}).value();
  const auto got =
      obtain_from(cache, Artifact::Kind::RootFilesystem,
                  {.kind = "oci-image", .settings = {{"reference", "oci:" + layout + ":one"}}});
  ASSERT_TRUE(is_ok(got));
  EXPECT_EQ(read_part(got->directory + "/rootfs/etc/motd", 0, 10), "hello");
  EXPECT_TRUE(fs::is_directory(got->directory + "/rootfs/testbed"));
}

}  // namespace
}  // namespace testbed
