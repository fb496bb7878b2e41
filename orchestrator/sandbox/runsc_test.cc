// The pure parts: what a version needs, and the command line that follows.
#include <gtest/gtest.h>

#include <algorithm>

#include "orchestrator/sandbox/runsc_args.h"

namespace testbed {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::vector<std::string> flags(const RunscWish& wish) { return needs_of(wish).flags; }

TEST(RunscNeeds, FuseIsAskedForOnlyWhereItIsNotTheDefault) {
  EXPECT_TRUE(contains(flags({.version = "20221203", .platform = {}, .fuse = true}), "--fuse"));
  EXPECT_FALSE(contains(flags({.version = "20221219", .platform = {}, .fuse = true}), "--fuse"));
  EXPECT_FALSE(contains(flags({.version = "20221203", .platform = {}}), "--fuse"));
}

TEST(RunscNeeds, CgroupsAreAFlagUntilTheOciMountDecides) {
  EXPECT_TRUE(
      contains(flags({.version = "20230715", .platform = {}, .cgroup_mount = true}), "--cgroupfs"));
  EXPECT_FALSE(
      contains(flags({.version = "20240722", .platform = {}, .cgroup_mount = true}), "--cgroupfs"));
}

TEST(RunscNeeds, ANetworkBefore20240807NeedsProcSysNetHidden) {
  EXPECT_TRUE(
      needs_of({.version = "20240722", .platform = {}, .network = "sandbox"}).hides_proc_sys_net);
  EXPECT_FALSE(
      needs_of({.version = "20240916", .platform = {}, .network = "sandbox"}).hides_proc_sys_net);
  EXPECT_FALSE(needs_of({.version = "20240722", .platform = {}}).hides_proc_sys_net);
}

TEST(RunscNeeds, DirectfsIsOffWhereItsGoferCannotMountProc) {
  EXPECT_TRUE(contains(flags({.version = "20230715", .platform = {}, .network = "sandbox"}),
                       "--directfs=false"));
  EXPECT_FALSE(contains(flags({.version = "20240722", .platform = {}, .network = "sandbox"}),
                        "--directfs=false"));
}

TEST(FlagsListed, ReadsTheFormatOfGosFlagPackage) {
  const auto listed =
      flags_listed("  -fuse\n    \tTEST ONLY\n  -network value\n    \thelp -x (default a)\n");
  EXPECT_EQ(listed, (std::set<std::string>{"fuse", "network"}));
}

TEST(RunscArgs, AFlagThatTheBinaryDoesNotListIsLeftOut) {
  SandboxStart start;
  start.spec = {
      .kind = SandboxSpec::Kind::Runsc, .label = {}, .version = "20240722", .platform = "ptrace"};
  start.program = "/x";
  start.state = "/s";
  start.logs = "/l";
  EXPECT_EQ(
      runsc_args(start, {"root", "platform", "network"}),
      (std::vector<std::string>{"/x/runsc", "--root=/s", "--network=none", "--platform=ptrace"}));
}

TEST(RunscArgs, ATracedSandboxWritesItsSystemCallsToItsLogs) {
  SandboxStart start;
  start.spec.version = "20240722";
  start.program = "/x";
  start.logs = "/l";
  start.tracing = Tracing::All;
  EXPECT_EQ(runsc_args(start, {"debug", "strace", "debug-log"}),
            (std::vector<std::string>{"/x/runsc", "--debug-log=/l/debug/", "--debug", "--strace"}));
}

}  // namespace
}  // namespace testbed
