// Kubernetes in a sandbox, from a datastore to pods that talk. It is built only where somebody
// asked for it (`testbed versions get kubernetes`, nine minutes): without it these tests are
// skipped.
#include <gtest/gtest.h>

#include "orchestrator/base/host.h"
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/base/testing/scenario.h"

namespace testbed {
namespace {

std::string lacks_kubernetes() {
  const auto output = run_command({.argv = {TESTBED_BINARY_DIR "/bin/testbed", "versions", "list"},
                                   .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR}}},
                                  Deadline::after(milliseconds(30'000)));
  if (!is_ok(output)) return "`testbed versions list`, which failed";
  return output->out.find("kubernetes-1.34.3  cached") == std::string::npos
             ? "the artifact kubernetes-1.34.3 in the cache (`testbed versions get kubernetes`)"
             : "";
}

TEST(Worker, ANodeInTheNewestSandboxClimbsFromADatastoreToADrainedNode) {
  REQUIRE_HOST(host::lacks_overlay_mounts());
  REQUIRE_HOST(host::lacks_program("runc", "runc"));
  REQUIRE_HOST(lacks_kubernetes());
  expect_as_expected("worker", "1 cell: 1 ok", {"--only", "sandbox=runsc-20260701"});
}

}  // namespace
}  // namespace testbed
