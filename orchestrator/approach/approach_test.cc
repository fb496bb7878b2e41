#include <gtest/gtest.h>

#include "orchestrator/approach/components.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/model/kinds.h"

namespace testbed {
namespace {

Approach with(std::vector<ComponentSpec> components) {
  return {
      .name = "a", .summary = {}, .components = std::move(components), .file = {}, .digest = {}};
}

std::string line(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& arg : argv) text += arg + " ";
  return text;
}

TEST(PatchOf, EveryComponentThatAFileMayNameHasARow) {
  for (const NamedKind& kind : component_kinds()) {
    EXPECT_TRUE(is_ok(patch_of(with({{.name = std::string(kind.name), .settings = {}}}))));
  }
}

TEST(PatchOf, AnApproachWithoutComponentsStillKnowsWhereCgroupsAre) {
  EXPECT_EQ(patch_of(with({})).value().variables.at("cgroup"), "/sys/fs/cgroup");
  EXPECT_EQ(patch_of(with({})).value().variables.at("extra"), "") << "/proc itself";
}

TEST(PatchOf, SettingsBecomeTheServersArguments) {
  const BundlePatch patch = patch_of(with({{.name = "cgroupfs",
                                            .settings = {{"handlers", "getattr,read"},
                                                         {"default_permissions", "true"},
                                                         {"extra", "/extra"},
                                                         {"mount", "/cg"}}}}))
                                .value();
  const std::string argv = line(patch.programs.at(0).argv);
  EXPECT_NE(argv.find("--only getattr,read"), std::string::npos);
  EXPECT_NE(argv.find("--default-permissions"), std::string::npos);
  EXPECT_NE(argv.find("--mounts single"), std::string::npos);
  EXPECT_TRUE(argv.ends_with("/cg "));
  EXPECT_EQ(patch.variables.at("cgroup"), "/cg");
  EXPECT_NE(argv.find("--extra /extra"), std::string::npos);
  EXPECT_EQ(patch.variables.at("extra"), "/extra");
  EXPECT_TRUE(patch.needs_fuse);
}

TEST(PatchOf, ASupervisorStandsInFrontOfEveryCommandWithItsRules) {
  const ComponentSpec supervisor{
      .name = "supervisor",
      .settings = {{"rules", "redirect /a -> /b, c\nstatfs /a as cgroup"}, {"mode", "trace-all"}}};
  EXPECT_EQ(line(patch_of(with({supervisor})).value().prefix),
            "${testbed}/supervisor --trace-all --journal ${out}/supervisor.ndjson "
            "--rule redirect /a -> /b, c --rule statfs /a as cgroup -- ");
  ComponentSpec legacy = supervisor;
  legacy.settings["mode"] = "legacy";
  EXPECT_TRUE(line(patch_of(with({legacy})).value().prefix)
                  .starts_with("${testbed}/supervisor-legacy --rule "));
}

TEST(PatchOf, PrefixesOfSeveralComponentsStandInTheirOrder) {
  const std::string prefix =
      line(patch_of(with({{.name = "supervisor", .settings = {{"journal", "false"}}},
                          {.name = "preload", .settings = {{"rules", "redirect /a -> /b"}}}}))
               .value()
               .prefix);
  EXPECT_EQ(prefix,
            "${testbed}/supervisor -- ${testbed}/preload --journal ${out}/preload.ndjson "
            "--rule redirect /a -> /b -- ");
}

TEST(PatchOf, SetUpRunsInTheOrderOfTheComponents) {
  const BundlePatch patch = patch_of(with({{.name = "mounted-cgroup", .settings = {}},
                                           {.name = "tunables", .settings = {}},
                                           {.name = "kmsg", .settings = {}}}))
                                .value();
  ASSERT_EQ(patch.setup.size(), 3u);
  EXPECT_EQ(patch.setup[0].name, "mounted-cgroup");
  EXPECT_EQ(patch.setup[2].name, "kmsg");
  EXPECT_FALSE(patch.needs_cgroup_mount);
}

TEST(PatchOf, TheCniPluginsSettingsBecomeItsConfiguration) {
  const BundlePatch patch = patch_of(with({{.name = "cni",
                                            .settings = {{"mode", "fake"},
                                                         {"subnets", "10.1.0.0/24,fd01::/64"},
                                                         {"hairpin", "true"}}}}))
                                .value();
  const std::string argv = line(patch.programs.at(0).argv);
  EXPECT_NE(argv.find("--mode fake"), std::string::npos);
  EXPECT_NE(argv.find("--subnet 10.1.0.0/24 --subnet fd01::/64"), std::string::npos);
  EXPECT_NE(argv.find("hairpinMode=true"), std::string::npos);
  EXPECT_EQ(patch.environment.at("CNI_PATH"), "/opt/cni/bin");
}

TEST(PatchOf, AnotherCniPluginKeepsItsFolder) {
  const BundlePatch patch =
      patch_of(with({{.name = "cni", .settings = {{"type", "ptp"}, {"chain", "portmap"}}}}))
          .value();
  const std::string argv = line(patch.programs.at(0).argv);
  EXPECT_NE(argv.find("--type ptp"), std::string::npos);
  EXPECT_NE(argv.find("--chain portmap"), std::string::npos);
  EXPECT_EQ(argv.find("--bin-dir /usr/lib/cni"), std::string::npos);
  EXPECT_EQ(patch.variables.at("cni_bin"), "/usr/lib/cni");
}

TEST(PatchOf, ACgroupTreeBelowSysGetsAMountPoint) {
  const BundlePatch patch =
      patch_of(with({{.name = "cgroupfs", .settings = {{"mount", "/sys/fs/cgroup"}}}})).value();
  ASSERT_EQ(patch.mounts.size(), 1u);
  EXPECT_EQ(patch.mounts[0].destination, "/sys/fs/cgroup");
  EXPECT_EQ(patch.mounts[0].type, "tmpfs");
}

TEST(PatchOf, AnUnknownComponentIsAnError) {
  EXPECT_TRUE(fails_with(patch_of(with({{.name = "magic", .settings = {}}})), "magic"));
}

TEST(PatchOf, ASupervisorMayConcernSomeProgramsOnly) {
  const BundlePatch patch = patch_of(with({{.name = "supervisor",
                                            .settings = {{"rules", "log openat"},
                                                         {"journal", "false"},
                                                         {"only", "kubelet,containerd"}}}}))
                                .value();
  EXPECT_TRUE(patch.prefix.empty());
  ASSERT_EQ(patch.of_program.size(), 2u);
  EXPECT_EQ(line(patch.of_program.at("containerd").prefix),
            "${testbed}/supervisor --rule log openat -- ");
}

TEST(PatchOf, WhatConcernsOneProgramAddsUpInTheOrderOfTheFile) {
  const BundlePatch patch =
      patch_of(
          with({{.name = "hidden-controllers", .settings = {{"controllers", "cpuacct,pids"}}},
                {.name = "supervisor",
                 .settings = {{"rules", "log openat"}, {"journal", "false"}, {"only", "kubelet"}}},
                {.name = "arguments", .settings = {{"add", "--a=1\n--b=2"}}},
                {.name = "instead", .settings = {{"run", "kubelet-quiet"}}}}))
          .value();
  const ProgramPatch& kubelet = patch.of_program.at("kubelet");
  EXPECT_EQ(kubelet.prefix.front(), "sh");
  EXPECT_EQ(kubelet.prefix.at(4), "cpuacct|pids");
  EXPECT_EQ(kubelet.prefix.at(5), "${testbed}/supervisor") << "inside of what comes before it";
  EXPECT_EQ(kubelet.arguments, (std::vector<std::string>{"--a=1", "--b=2"}));
  EXPECT_EQ(kubelet.instead, "kubelet-quiet");
}

TEST(PatchOf, AStaticCgroupTreeHasTheFoldersThatTheFileNames) {
  const BundlePatch patch =
      patch_of(with({{.name = "static-cgroup", .settings = {{"controllers", "cpu,memory"}}}}))
          .value();
  ASSERT_EQ(patch.mounts.size(), 1u);
  EXPECT_EQ(patch.mounts[0].type, "tmpfs");
  ASSERT_EQ(patch.setup.size(), 1u);
  EXPECT_TRUE(line(patch.setup[0].argv).ends_with("sh cpu memory "));
  EXPECT_FALSE(patch.needs_cgroup_mount);
}

TEST(PatchOf, WhatAProgramReadsOfItselfConcernsThatProgramAlone) {
  const BundlePatch patch = patch_of(with({{.name = "shown-proc",
                                            .settings = {{"of", "k3s"},
                                                         {"cgroup_mounts", "cpu,memory"},
                                                         {"types", "9p=ext4,overlay=xfs"}}}}))
                                .value();
  ASSERT_EQ(patch.of_program.size(), 1u);
  const std::vector<std::string>& prefix = patch.of_program.at("k3s").prefix;
  ASSERT_EQ(prefix.size(), 7u);
  EXPECT_EQ(prefix[4], "cpu memory");
  EXPECT_EQ(prefix[5], "") << "its groups stay what they are";
  EXPECT_EQ(prefix[6], "9p=ext4 overlay=xfs");
}

TEST(PatchOf, AnotherRuntimeMayStandBehindTheScriptOfRunc) {
  const BundlePatch patch =
      patch_of(with({{.name = "runc", .settings = {{"run", "crun --cgroup-manager=disabled"}}}}))
          .value();
  ASSERT_EQ(patch.setup.size(), 1u);
  EXPECT_EQ(patch.setup[0].argv.at(6), "crun --cgroup-manager=disabled");
}

}  // namespace
}  // namespace testbed
