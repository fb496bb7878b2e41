#include "emulator/cgroupfs/extra_files.h"

#include <gtest/gtest.h>

#include "emulator/cgroupfs/fake_processes.h"

namespace testbed {
namespace {

struct Emulated {
  explicit Emulated(const PlanWish& wish) : plan(plan_for(wish).plan) {}
  NodeId id(std::initializer_list<std::string_view> path, FileTree& tree) {
    NodeId node = kTop;
    for (const auto name : path) node = tree.lookup(node, name)->id;
    return node;
  }
  std::string extra_text(std::initializer_list<std::string_view> path, pid_t caller = 1) {
    return *extra.read(id(path, extra), 0, 0, 65536, {.pid = caller});
  }
  TreePlan plan;
  FakeProcesses processes{};
  Served served{processes, plan};
  ExtraFiles extra{served, processes};
};

TEST(ExtraFiles, AProcessIsInOneGroupOfEachHierarchy) {
  Emulated machine({.layout = "hybrid",
                    .controllers = {"cpu", "cpuacct", "memory", "systemd"},
                    .comounts = {{"cpu", "cpuacct"}}});
  const NodeId root = machine.id({"cpu,cpuacct"}, machine.served);
  const NodeId pod = machine.served.make_group(root, "pod", 0755, {})->id;
  const NodeId inner = machine.served.make_group(pod, "a b", 0755, {})->id;
  const NodeId procs = machine.served.lookup(inner, "cgroup.procs")->id;
  ASSERT_EQ(machine.served.write(procs, 0, "20", {.pid = 1}), 0);
  EXPECT_EQ(machine.extra_text({"proc", "20", "cgroup"}),
            "3:cpu,cpuacct:/pod/a b\n2:name=systemd:/\n1:memory:/\n0::/\n");
  EXPECT_EQ(machine.extra_text({"proc", "self", "cgroup"}, 20),
            machine.extra_text({"proc", "20", "cgroup"}));
  EXPECT_EQ(machine.extra_text({"proc", "1020", "cgroup"}),
            machine.extra_text({"proc", "20", "cgroup"}))
      << "a thread";
  EXPECT_EQ(machine.extra_text({"proc", "cgroups"}),
            "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t1\t1\t1\ncpu\t3\t3\t1\n"
            "cpuacct\t3\t3\t1\n");
}

TEST(ExtraFiles, OfV2AreOneLine) {
  Emulated machine({.layout = "v2", .controllers = {"io", "memory"}});
  EXPECT_EQ(machine.extra_text({"proc", "20", "cgroup"}), "0::/\n");
  EXPECT_NE(machine.extra_text({"proc", "cgroups"}).find("blkio\t0\t1\t1\n"), std::string::npos);
}

TEST(ExtraFiles, AProcessThatIsGoneHasNone) {
  Emulated machine({});
  const NodeId proc = machine.id({"proc"}, machine.extra);
  const NodeId file = machine.id({"proc", "30", "cgroup"}, machine.extra);
  machine.processes.alive = {1};
  EXPECT_EQ(machine.extra.lookup(proc, "30").error(), ENOENT);
  EXPECT_EQ(machine.extra.read(file, 0, 0, 100, {}).error(), ESRCH);
  for (const char* wrong : {"0", "-1", "01", "1x", "99999999999"}) {
    EXPECT_EQ(machine.extra.lookup(proc, wrong).error(), ENOENT) << wrong;
  }
}

TEST(ExtraFiles, NothingCanBeMadeOrWritten) {
  Emulated machine({});
  const NodeId file = machine.id({"proc", "cgroups"}, machine.extra);
  EXPECT_EQ(machine.extra.check_access(file, 2, {}), EACCES);
  EXPECT_EQ(machine.extra.write(file, 0, "x", {}), EINVAL);
  EXPECT_EQ(machine.extra.make_group(kTop, "x", 0755, {}).error(), EPERM);
  EXPECT_EQ(machine.extra.refuse(kTop, "proc", EACCES), EEXIST);
}

TEST(MountLines, AreThoseOfTheKernel) {
  const std::vector<ShownMount> mounts{
      {.directory = "/sys/fs/cg x", .device = 40, .type = "tmpfs", .options = "mode=755"},
      {.directory = "/sys/fs/cg x/cpu", .device = 41, .type = "cgroup", .options = "cpu"}};
  EXPECT_EQ(mountinfo_lines(mounts),
            "900000 1 0:40 / /sys/fs/cg\\040x rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs "
            "rw,mode=755\n"
            "900001 900000 0:41 / /sys/fs/cg\\040x/cpu rw,nosuid,nodev,noexec,relatime - cgroup "
            "cgroup rw,cpu\n");
  EXPECT_EQ(mounts_lines(mounts),
            "tmpfs /sys/fs/cg\\040x tmpfs rw,nosuid,nodev,noexec,relatime,mode=755 0 0\n"
            "cgroup /sys/fs/cg\\040x/cpu cgroup rw,nosuid,nodev,noexec,relatime,cpu 0 0\n");
}

}  // namespace
}  // namespace testbed
