#include "emulator/cgroupfs/hierarchy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace testbed::cgroupfs {
namespace {

class HierarchyTest : public testing::Test {
 protected:
  NodeId id(NodeId parent, std::string_view name) { return tree_.lookup(parent, name).value.id; }
  NodeId make(NodeId parent, std::string_view name) {
    return tree_.make_group(parent, name, 0, 0).value.id;
  }
  std::string read(NodeId group, std::string_view name) {
    return tree_.read(id(group, name)).value;
  }

  std::set<pid_t> processes_{1, 2, 3};
  Hierarchy tree_{
      {.exists = [this](pid_t pid) { return processes_.contains(pid); },
       .all = [this] { return std::vector<pid_t>(processes_.begin(), processes_.end()); }}};
  NodeId cpu_ = tree_.lookup(kTop, "cpu").value.id;
};

TEST_F(HierarchyTest, HasOneDirectoryPerController) {
  std::string names;
  for (const Entry& entry : tree_.list(kTop).value) names += entry.name + " ";
  EXPECT_EQ(names, "blkio cpu cpuacct cpuset devices freezer memory pids systemd ");
}

TEST_F(HierarchyTest, MakingADirectoryFillsIt) {
  const NodeId group = make(cpu_, "g");
  EXPECT_EQ(read(group, "cpu.shares"), "1024\n");
  EXPECT_EQ(tree_.lookup(group, "release_agent").error, ENOENT);
  EXPECT_EQ(tree_.lookup(group, "memory.stat").error, ENOENT);
  EXPECT_EQ(make(group, "below") != 0, true);
  EXPECT_EQ(tree_.list(group).value.size(), 14u);
}

TEST_F(HierarchyTest, NewGroupsBelongToTheirMaker) {
  const Attributes made = tree_.make_group(cpu_, "g", 7, 8).value;
  EXPECT_EQ(made.uid, 7u);
  EXPECT_EQ(tree_.lookup(made.id, "tasks").value.gid, 8u);
}

TEST_F(HierarchyTest, AttributesAreAsGvisorNeedsThem) {
  const Attributes file = tree_.lookup(cpu_, "cpu.shares").value;
  EXPECT_EQ(file.mode, static_cast<mode_t>(S_IFREG | 0644));
  EXPECT_GE(file.size, 4096u);
  EXPECT_GT(tree_.lookup(cpu_, "cgroup.procs").value.size, 4096u);
  EXPECT_TRUE(S_ISDIR(tree_.attributes(cpu_).value.mode));
  EXPECT_EQ(tree_.lookup(cpu_, ".").value.id, cpu_);
  EXPECT_EQ(tree_.lookup(cpu_, "..").value.id, kTop);
}

TEST_F(HierarchyTest, ANameKeepsItsNodeWhenItIsMadeAgain) {
  const NodeId group = make(cpu_, "g"), shares = id(group, "cpu.shares");
  ASSERT_EQ(tree_.write(shares, "512", 0), 0);
  ASSERT_EQ(tree_.remove_group(cpu_, "g"), 0);
  EXPECT_EQ(make(cpu_, "g"), group);
  EXPECT_EQ(id(group, "cpu.shares"), shares);
  EXPECT_EQ(tree_.read(shares).value, "1024\n");
}

TEST_F(HierarchyTest, OfARemovedGroupNothingIsLeft) {
  const NodeId group = make(cpu_, "g"), shares = id(group, "cpu.shares");
  ASSERT_EQ(tree_.remove_group(cpu_, "g"), 0);
  EXPECT_EQ(tree_.read(shares).error, ENODEV);
  EXPECT_EQ(tree_.write(shares, "1", 0), ENODEV);
  EXPECT_EQ(tree_.lookup(cpu_, "g").error, ENOENT);
  EXPECT_EQ(tree_.attributes(group).error, ENOENT);
  EXPECT_TRUE(tree_.list(group).value.empty());
  EXPECT_EQ(tree_.make_group(group, "x", 0, 0).error, ENOENT);
  EXPECT_EQ(tree_.remove_group(cpu_, "g"), 0) << "gVisor may ask twice";
  EXPECT_EQ(tree_.remove_group(cpu_, "never"), ENOENT);
}

TEST_F(HierarchyTest, GroupsInUseStay) {
  const NodeId group = make(cpu_, "g");
  make(group, "below");
  EXPECT_EQ(tree_.remove_group(cpu_, "g"), EBUSY);
  EXPECT_EQ(tree_.remove_group(group, "below"), 0);
  ASSERT_EQ(tree_.write(id(group, "cgroup.procs"), "2", 0), 0);
  EXPECT_EQ(tree_.remove_group(cpu_, "g"), EBUSY);
  processes_.erase(2);
  EXPECT_EQ(tree_.remove_group(cpu_, "g"), 0) << "its only member is gone";
  EXPECT_EQ(tree_.remove_group(kTop, "cpu"), EBUSY);
}

TEST_F(HierarchyTest, AProcessIsInOneGroupOfEachHierarchy) {
  const NodeId a = make(cpu_, "a"), b = make(cpu_, "b");
  EXPECT_EQ(read(cpu_, "cgroup.procs"), "1\n2\n3\n");
  ASSERT_EQ(tree_.write(id(a, "cgroup.procs"), "2", 0), 0);
  EXPECT_EQ(read(cpu_, "cgroup.procs"), "1\n3\n");
  ASSERT_EQ(tree_.write(id(b, "tasks"), "0", 2), 0);
  EXPECT_EQ(read(a, "cgroup.procs"), "");
  EXPECT_EQ(read(b, "cgroup.procs"), "2\n");
  EXPECT_EQ(read(id(kTop, "memory"), "tasks"), "1\n2\n3\n");
  ASSERT_EQ(tree_.write(id(cpu_, "tasks"), "2", 0), 0);
  EXPECT_EQ(read(b, "tasks"), "");
  EXPECT_EQ(tree_.write(id(b, "tasks"), "9", 0), ESRCH);
}

TEST_F(HierarchyTest, NamesAreRefusedAsLinuxRefusesThem) {
  const NodeId shares = id(cpu_, "cpu.shares");
  EXPECT_EQ(tree_.make_group(cpu_, "a\nb", 0, 0).error, EINVAL);
  EXPECT_EQ(tree_.make_group(cpu_, "cpu.shares", 0, 0).error, EEXIST);
  EXPECT_EQ(tree_.make_group(cpu_, std::string(256, 'x'), 0, 0).error, ENAMETOOLONG);
  EXPECT_EQ(tree_.make_group(shares, "x", 0, 0).error, ENOTDIR);
  EXPECT_EQ(tree_.make_group(kTop, "x", 0, 0).error, EPERM);
  EXPECT_EQ(tree_.remove_group(cpu_, "cpu.shares"), ENOTDIR);
  EXPECT_EQ(tree_.make_file(cpu_, "x"), EACCES);
  EXPECT_EQ(tree_.unlink(cpu_, "cpu.shares"), EPERM);
  EXPECT_EQ(tree_.rename(cpu_, "cpu.shares"), EPERM);
  EXPECT_EQ(tree_.lookup(shares, "x").error, ENOTDIR);
}

TEST_F(HierarchyTest, NewGroupsTakeOverDevicesAndClonedProcessors) {
  const NodeId devices = id(kTop, "devices"), g = make(devices, "g");
  ASSERT_EQ(tree_.write(id(g, "devices.deny"), "a", 0), 0);
  EXPECT_EQ(read(make(g, "below"), "devices.list"), "");
  const NodeId cpuset = id(kTop, "cpuset"), above = make(cpuset, "above");
  ASSERT_EQ(tree_.write(id(above, "cpuset.cpus"), "0", 0), 0);
  EXPECT_EQ(read(make(above, "fresh"), "cpuset.cpus"), "\n");
  ASSERT_EQ(tree_.write(id(above, "cgroup.clone_children"), "1", 0), 0);
  EXPECT_EQ(read(make(above, "cloned"), "cpuset.cpus"), "0\n");
}

TEST_F(HierarchyTest, ModeAndOwnerChangeAndNothingElse) {
  const NodeId shares = id(cpu_, "cpu.shares");
  const Attributes changed = tree_.change(shares, {.mode = 0600, .uid = 5}).value;
  EXPECT_EQ(changed.mode, static_cast<mode_t>(S_IFREG | 0600));
  EXPECT_EQ(tree_.attributes(shares).value.uid, 5u);
  EXPECT_EQ(tree_.change(shares, {}).value.gid, 0u);
}

TEST_F(HierarchyTest, DirectoriesAreNeitherReadNorWritten) {
  EXPECT_EQ(tree_.read(cpu_).error, EISDIR);
  EXPECT_EQ(tree_.write(cpu_, "1", 0), EISDIR);
  EXPECT_EQ(tree_.list(id(cpu_, "tasks")).error, ENOTDIR);
  EXPECT_EQ(tree_.attributes(99999).error, ENOENT);
}

TEST_F(HierarchyTest, ServesSeveralThreads) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this, name = "g" + std::to_string(i)] {
      for (int n = 0; n < 50; ++n) {
        EXPECT_NE(make(cpu_, name), 0u);
        EXPECT_EQ(tree_.remove_group(cpu_, name), 0);
      }
    });
}

}  // namespace
}  // namespace testbed::cgroupfs
