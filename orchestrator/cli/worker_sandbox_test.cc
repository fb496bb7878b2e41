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

// The project with a k3s at hand: a stand-in that takes k3s's command line, before our Kubernetes.
Result<> make_project_with_k3s(const fs::path& home) {
  const fs::path source = TESTBED_SOURCE_DIR;
  std::error_code error;
  for (const char* folder : {"scenarios", "images"})
    fs::copy(source / folder, home / folder, fs::copy_options::recursive, error);
  if (error) return errno_error("copy the project to", home, error.value());
  const fs::path program = home / "k3s";
  fs::copy_file(source / "orchestrator/cli/testdata/k3s-stand-in.sh", program, error);
  fs::permissions(program, fs::perms::owner_all, error);
  if (error) return errno_error("make", program, error.value());
  TRY(write_file(home / "images/k3s/artifact.yaml",
                 "artifact: k3s\nkind: program\nsummary: a stand-in\nversions:\n"
                 "  latest: {note: for this test, sources: [{path: {path: " +
                     program.string() + "}}]}\n"));
  const fs::path scenario = home / "scenarios/k3s.yaml";
  std::string text = TRY(read_file(scenario));
  const std::string tools = "tools: [k3s, ";
  text.replace(text.find(tools), tools.size(), "tools: [k3s, kubernetes-1.34.3, ");
  return write_file(scenario, text);
}

TEST(K3s, AProgramWithItsCommandLineClimbsTheLadderAndWhatItLacksIsNamed) {
  REQUIRE_HOST(host::lacks_overlay_mounts());
  REQUIRE_HOST(lacks_kubernetes());
  const TempDir home = TempDir::make("/run", "k3s-test").value();
  ASSERT_TRUE(is_ok(make_project_with_k3s(home.path())));
  expect_as_expected("k3s", "4 cells: 1 ok, 3 xfail", {"--only", "sandbox=runsc-20260701"},
                     home.path());
}

}  // namespace
}  // namespace testbed
