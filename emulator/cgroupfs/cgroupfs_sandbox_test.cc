// The hierarchies, their members and what /proc tells of them, and what real clients make of it,
// inside gVisor. What is asked stands in scenarios/cgroup-mounts.yaml and cgroup-clients.yaml.
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/base/testing/scenario.h"

namespace testbed {
namespace {

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
