// Which plugins give pods a network, driven by libcni inside gVisor. What is asked stands in
// scenarios/exp05-cni.yaml.
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/base/testing/scenario.h"

namespace testbed {
namespace {

TEST(CniSandbox, OurPluginsConnectPodsWhereTheStandardOnesCannotBeAdded) {
  REQUIRE_HOST(host::lacks_overlay_mounts());
  REQUIRE_HOST(host::lacks_program("runc", "runc"));
  expect_as_expected("exp05-cni", "15 cells: 11 ok, 4 xfail");
}

}  // namespace
}  // namespace testbed
