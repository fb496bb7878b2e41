// The hierarchies, their members and what /proc tells of them, and what real clients make of it,
// inside gVisor. What is asked stands in scenarios/cgroup-mounts.yaml and cgroup-clients.yaml.
#include <gtest/gtest.h>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed {
namespace {

constexpr milliseconds kBuildAndRun(40 * 60'000);  // the first time a version is built

void expect_as_expected(const std::string& scenario, const std::string& counts) {
  const TempDir dir = TempDir::make("/run", "cgroupfs-sandbox-test").value();
  const auto output =
      run_command({.argv = {TESTBED_BINARY_DIR "/bin/testbed", "run", scenario, "--jobs", "1"},
                   .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR},
                           {"TESTBED_RESULTS", (dir.path() / "results").string()},
                           {"TESTBED_RUN_DIR", (dir.path() / "run").string()}}},
                  Deadline::after(kBuildAndRun));
  ASSERT_TRUE(is_ok(output));
  EXPECT_EQ(describe(output->status), "exit code 0") << output->out << output->err;
  EXPECT_NE(output->out.find(counts), std::string::npos) << output->out;
}

class CgroupfsSandbox : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_overlay_mounts());
    REQUIRE_HOST(host::lacks_program("runc", "runc"));
    REQUIRE_HOST(host::lacks_fuse());
  }
};

TEST_F(CgroupfsSandbox, SeparateMountsMembershipAndNumbersHoldOnEveryVersion) {
  expect_as_expected("cgroup-mounts", "4 cells: 4 ok");
}

TEST_F(CgroupfsSandbox, RealClientsManageContainersAndReadTrueNumbers) {
  expect_as_expected("cgroup-clients", "6 cells: 3 ok, 3 xfail");
}

}  // namespace
}  // namespace testbed
