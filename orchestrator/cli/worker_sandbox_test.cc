// Kubernetes in a sandbox, from a datastore to pods that talk. It is built only where somebody
// asked for it (`testbed versions get kubernetes`, nine minutes): without it these tests are
// skipped.
#include <gtest/gtest.h>

#include "orchestrator/base/files.h"
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

// What a person would do by hand: the printed script, in a sandbox that only has cgroups. It goes
// in as base64, since `${...}` in a scenario would be the test bed's.
std::string scenario_of_recipe(const std::string& encoded) {
  return R"(scenario: recipe
question: Does the printed recipe make a node?
image: container-tools
tools: [pod, workloads, kubernetes-1.34.3]
network: sandbox
axes: {sandbox: [runsc-20240722, runsc-20260701], approach: [native-cgroup]}
ladder:
  - rung: recipe
    start: [sh, -c, "echo )" +
         encoded +
         R"( | base64 -d > /tmp/recipe; testbed=${testbed} tools=${tools} sh /tmp/recipe && touch /tmp/done; sleep 600"]
    run: [test, -e, /tmp/done]
    within: 90s
  - {rung: pod-running, run: [sh, -ec, "workloads web; workloads running ready"], timeout: 60s}
  - {rung: exec, run: [kubectl, exec, deployment/web, --, /pod, get, "http://127.0.0.1:8080/"], stdout_contains: web-}
limits: {cell: 200s, step: 20s}
)";
}

TEST(Recipe, TheScriptThatUpPrintsMakesANodeThatRunsPods) {
  REQUIRE_HOST(host::lacks_overlay_mounts());
  REQUIRE_HOST(lacks_kubernetes());
  const auto recipe = run_command(
      {.argv = {TESTBED_BINARY_DIR "/bin/testbed", "up", "kubernetes", "--print-recipe"},
       .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR}}},
      Deadline::after(milliseconds(30'000)));
  ASSERT_TRUE(is_ok(recipe));
  ASSERT_TRUE(succeeded(recipe->status)) << recipe->err;
  const TempDir dir = TempDir::make("/run", "recipe-test").value();
  const auto script = dir.path() / "recipe.sh", file = dir.path() / "recipe.yaml";
  ASSERT_TRUE(is_ok(write_file(script, recipe->out)));
  const auto encoded = run_command({.argv = {"base64", "--wrap=0", script.string()}},
                                   Deadline::after(milliseconds(10'000)));
  ASSERT_TRUE(is_ok(encoded));
  ASSERT_TRUE(is_ok(write_file(file, scenario_of_recipe(encoded->out))));
  expect_as_expected(file.string(), "2 cells: 2 ok");
}

}  // namespace
}  // namespace testbed
