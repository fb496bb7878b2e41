#include <gtest/gtest.h>

#include <cstdlib>

#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/cli/kept_sandbox.h"
#include "orchestrator/cli/recipe.h"

namespace testbed {
namespace {

class KeptSandboxTest : public testing::Test {
 protected:
  KeptSandboxTest() { ::setenv("TESTBED_RUN_DIR", dir_.path().c_str(), 1); }
  ~KeptSandboxTest() override { ::unsetenv("TESTBED_RUN_DIR"); }
  TempDir dir_ = TempDir::make(fs::temp_directory_path(), "up").value();
};

TEST_F(KeptSandboxTest, WhatNobodyKeepsIsNotUp) {
  EXPECT_FALSE(kept_sandbox("kubernetes").value().has_value());
}

TEST_F(KeptSandboxTest, WhatIsKeptIsFoundUntilItsKeeperLetsGo) {
  auto lock = KeeperLock::take("kubernetes").value();
  ASSERT_TRUE(lock.has_value());
  ASSERT_TRUE(is_ok(lock->publish({.keeper = 42,
                                   .run = "r",
                                   .sandbox = "native",
                                   .approach = "worker",
                                   .kubeconfig = "/k",
                                   .port = 6443})));
  const auto kept = kept_sandbox("kubernetes").value();
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->keeper, 42);
  EXPECT_EQ(kept->sandbox, "native");
  EXPECT_EQ(kept->port, 6443);
  EXPECT_FALSE(KeeperLock::take("kubernetes").value().has_value()) << "one keeper for each name";
  lock.reset();
  EXPECT_FALSE(kept_sandbox("kubernetes").value().has_value());
  EXPECT_TRUE(list_directory(dir_.path()).empty()) << "no file of it is left";
}

TEST_F(KeptSandboxTest, AFileThatNobodyHoldsIsOfAKeeperThatWasKilled) {
  ASSERT_TRUE(is_ok(write_file(state_file_of("kubernetes"), "{\"keeper\": 42}")));
  EXPECT_FALSE(kept_sandbox("kubernetes").value().has_value());
  EXPECT_FALSE(fs::exists(state_file_of("kubernetes")));
}

TEST_F(KeptSandboxTest, WaitingForAKeeperThatStaysEndsInAnError) {
  const auto lock = KeeperLock::take("kubernetes").value();
  EXPECT_FALSE(wait_until_gone("kubernetes", Deadline::after(milliseconds(150))));
}

TEST(Recipe, HasComponentsThenStepsAndLeavesVariablesToTheShell) {
  Cell cell;
  cell.approach.name = "a";
  cell.tools = {{"kubernetes", "1.34.3"}};
  CheckSpec server;
  server.name = "server";
  server.is_rung = true;
  server.start = {"kubelet", "--node-ip=${address}"};
  server.argv = {"echo", "it's $HOME"};
  server.within = milliseconds(1000);
  CheckSpec side;
  side.name = "side";
  side.is_rung = false;
  cell.checks = {server, side};
  BundlePatch patch;
  patch.setup = {{.name = "kmsg", .argv = {"true"}}};
  patch.of_program["kubelet"].prefix = {"nice"};
  patch.of_program["kubelet"].arguments = {"--last"};
  const std::string recipe = recipe_of(cell, patch);
  const std::size_t component = recipe.find("say 'component kmsg'");
  const std::size_t step = recipe.find("nice kubelet \"--node-ip=${address}\" --last > ");
  ASSERT_NE(step, std::string::npos) << recipe;
  EXPECT_LT(component, step);
  EXPECT_NE(recipe.find(":$tools/kubernetes:"), std::string::npos);
  EXPECT_NE(recipe.find("within 1 timeout 10 echo 'it'\\''s $HOME'\n"), std::string::npos)
      << recipe;
  EXPECT_EQ(recipe.find("say 'side'"), std::string::npos) << "a recipe has the ladder alone";
}

}  // namespace
}  // namespace testbed
