#include "emulator/cgroupfs/hierarchy.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "emulator/cgroupfs/fake_processes.h"
#include "emulator/cgroupfs/served.h"

namespace testbed {
namespace {

class HierarchyTest : public testing::Test {
 protected:
  NodeId root(std::string_view controller) { return tree_.lookup(kTop, controller)->id; }
  int mkdir(NodeId parent, std::string_view name) {
    return tree_.make_group(parent, name, 0755, {}).error();
  }
  FakeProcesses processes_;
  Hierarchy tree_{processes_};
  NodeId cpu_ = root("cpu");
};

TEST_F(HierarchyTest, TheTopHoldsADirectoryPerController) {
  std::vector<std::string> names;
  const auto entries = tree_.list(kTop);
  for (const Entry& entry : *entries) names.push_back(entry.name);
  EXPECT_EQ(names, (std::vector<std::string>{"blkio", "cpu", "cpuacct", "cpuset", "devices",
                                             "freezer", "memory", "pids", "systemd", "hugetlb",
                                             "net_cls", "net_prio", "perf_event", "rdma", "misc"}));
  EXPECT_EQ(mkdir(kTop, "dmem"), EPERM);
}

TEST_F(HierarchyTest, ANewGroupHasTheFilesOfItsController) {
  ASSERT_EQ(mkdir(cpu_, "pod"), 0);
  const NodeId pod = tree_.lookup(cpu_, "pod")->id;
  EXPECT_EQ(*tree_.read(tree_.lookup(pod, "cpu.shares")->id), "1024\n");
  EXPECT_EQ(tree_.lookup(pod, "memory.stat").error(), ENOENT);
  EXPECT_EQ(tree_.lookup(pod, "release_agent").error(), ENOENT) << "only at the root";
}

TEST_F(HierarchyTest, ARemovedGroupIsNotFound) {
  ASSERT_EQ(mkdir(cpu_, "pod"), 0);
  const NodeId pod = tree_.lookup(cpu_, "pod")->id;
  const NodeId shares = tree_.lookup(pod, "cpu.shares")->id;
  EXPECT_EQ(tree_.remove_group(cpu_, "pod"), 0);
  EXPECT_EQ(tree_.lookup(cpu_, "pod").error(), ENOENT);
  EXPECT_EQ(tree_.node(pod).error(), ENOENT);
  EXPECT_EQ(tree_.read(shares).error(), ENODEV) << "what was opened before";
  EXPECT_EQ(tree_.write(shares, "1", 1), ENODEV);
}

TEST_F(HierarchyTest, ANameKeepsItsIdButNotItsValues) {
  ASSERT_EQ(mkdir(cpu_, "pod"), 0);
  const NodeId pod = tree_.lookup(cpu_, "pod")->id;
  const NodeId shares = tree_.lookup(pod, "cpu.shares")->id;
  ASSERT_EQ(tree_.write(shares, "7", 1), 0);
  ASSERT_EQ(tree_.remove_group(cpu_, "pod"), 0);
  ASSERT_EQ(mkdir(cpu_, "pod"), 0);
  EXPECT_EQ(tree_.lookup(cpu_, "pod")->id, pod);
  EXPECT_EQ(*tree_.read(shares), "1024\n");
}

TEST_F(HierarchyTest, MakingRefusesWhatTheKernelRefuses) {
  ASSERT_EQ(mkdir(cpu_, "pod"), 0);
  EXPECT_EQ(mkdir(cpu_, "pod"), EEXIST);
  EXPECT_EQ(mkdir(cpu_, "cpu.shares"), EEXIST);
  EXPECT_EQ(mkdir(cpu_, "a\nb"), EINVAL);
  EXPECT_EQ(mkdir(cpu_, std::string(256, 'n')), 0) << "kernfs has no limit of its own";
  EXPECT_EQ(mkdir(tree_.lookup(cpu_, "cpu.shares")->id, "x"), ENOTDIR);
  EXPECT_EQ(mkdir(99999, "x"), ENOENT);
}

TEST_F(HierarchyTest, AGroupInUseIsNotRemoved) {
  ASSERT_EQ(mkdir(cpu_, "pod"), 0);
  const NodeId pod = tree_.lookup(cpu_, "pod")->id;
  ASSERT_EQ(mkdir(pod, "child"), 0);
  EXPECT_EQ(tree_.remove_group(cpu_, "pod"), EBUSY);
  EXPECT_EQ(tree_.remove_group(pod, "child"), 0);
  ASSERT_EQ(tree_.write(tree_.lookup(pod, "cgroup.procs")->id, "20", 1), 0);
  EXPECT_EQ(tree_.remove_group(cpu_, "pod"), EBUSY);
  processes_.alive = {1};
  EXPECT_EQ(tree_.remove_group(cpu_, "pod"), 0) << "its last process has ended";
}

TEST_F(HierarchyTest, OnlyGroupsAreRemoved) {
  EXPECT_EQ(tree_.remove_group(cpu_, "cpu.shares"), ENOTDIR);
  EXPECT_EQ(tree_.remove_group(kTop, "cpu"), EPERM);
  EXPECT_EQ(tree_.unlink(cpu_, "cpu.shares"), EPERM);
  EXPECT_EQ(tree_.unlink(cpu_, "absent"), ENOENT);
}

TEST_F(HierarchyTest, RemovingAgainSucceedsForANameThatWasAGroup) {
  ASSERT_EQ(mkdir(cpu_, "pod"), 0);
  ASSERT_EQ(tree_.remove_group(cpu_, "pod"), 0);
  EXPECT_EQ(tree_.remove_group(cpu_, "pod"), 0);
  EXPECT_EQ(tree_.remove_group(cpu_, "never"), ENOENT);
}

TEST_F(HierarchyTest, AGroupIsRenamedInItsDirectory) {
  ASSERT_EQ(mkdir(cpu_, "pod"), 0);
  const NodeId pod = tree_.lookup(cpu_, "pod")->id;
  ASSERT_EQ(mkdir(pod, "child"), 0);
  EXPECT_EQ(tree_.rename(cpu_, "cpu.shares", cpu_, "x"), ENOTDIR);
  EXPECT_EQ(tree_.rename(cpu_, "pod", root("memory"), "pod"), EIO);
  EXPECT_EQ(tree_.rename(cpu_, "pod", cpu_, "cpu.shares"), EEXIST);
  EXPECT_EQ(tree_.rename(cpu_, "pod", cpu_, "a\nb"), EINVAL);
  EXPECT_EQ(tree_.rename(kTop, "cpu", kTop, "other"), EPERM);
  EXPECT_EQ(tree_.rename(cpu_, "pod", cpu_, "other"), 0);
  EXPECT_EQ(tree_.lookup(cpu_, "pod").error(), ENOENT);
  EXPECT_EQ(tree_.lookup(cpu_, "other")->id, pod);
  EXPECT_TRUE(tree_.lookup(pod, "child"));
}

TEST_F(HierarchyTest, NamesThatComeAndGoAreNotKeptForEver) {
  const NodeId first = [&] {
    EXPECT_EQ(mkdir(cpu_, "0"), 0);
    return tree_.lookup(cpu_, "0")->id;
  }();
  ASSERT_EQ(tree_.remove_group(cpu_, "0"), 0);
  for (std::size_t i = 1; i <= Hierarchy::kKeptNames; ++i) {
    ASSERT_EQ(mkdir(cpu_, std::to_string(i)), 0);
    ASSERT_EQ(tree_.remove_group(cpu_, std::to_string(i)), 0);
  }
  EXPECT_EQ(tree_.remove_group(cpu_, "0"), ENOENT) << "forgotten";
  EXPECT_EQ(tree_.remove_group(cpu_, "1"), 0) << "still known";
  ASSERT_EQ(mkdir(cpu_, "0"), 0);
  EXPECT_GT(tree_.lookup(cpu_, "0")->id, first) << "an id is never another name's";
}

TEST_F(HierarchyTest, AListingKeepsItsPlaceWhileGroupsComeAndGo) {
  for (const char* name : {"a", "b", "c"}) ASSERT_EQ(mkdir(cpu_, name), 0);
  const std::vector<Entry> before = *tree_.list(cpu_);
  ASSERT_EQ(tree_.remove_group(cpu_, "b"), 0);
  ASSERT_EQ(mkdir(cpu_, "0"), 0);
  const std::vector<Entry> now = *tree_.list(cpu_);
  EXPECT_EQ(now.back().name, "0") << "new names come last";
  for (std::size_t i = 1; i < now.size(); ++i) EXPECT_LT(now[i - 1].id, now[i].id);
  EXPECT_EQ(now[0].id, before[0].id);
}

TEST_F(HierarchyTest, CloneChildrenHandsCpusDown) {
  const NodeId cpuset = root("cpuset");
  ASSERT_EQ(tree_.write(tree_.lookup(cpuset, "cgroup.clone_children")->id, "1", 1), 0);
  ASSERT_EQ(mkdir(cpuset, "pod"), 0);
  const NodeId pod = tree_.lookup(cpuset, "pod")->id;
  EXPECT_EQ(*tree_.read(tree_.lookup(pod, "cpuset.mems")->id), "0\n");
}

class ServedTest : public testing::Test {
 protected:
  FakeProcesses processes_;
  Served served_{processes_};
  NodeId cpu_ = served_.lookup(kTop, "cpu")->id;
};

TEST_F(ServedTest, FilesClaimASizeAndDirectoriesDoNot) {
  EXPECT_EQ(served_.lookup(cpu_, "cpu.shares")->size, 4096u);
  EXPECT_GT(served_.lookup(cpu_, "tasks")->size, 4096u);
  EXPECT_EQ(served_.attributes(kTop)->size, 0u);
}

TEST_F(ServedTest, AnOpenFileKeepsItsTextUntilItIsReadFromTheStart) {
  const NodeId pod = served_.make_group(cpu_, "pod", 0755, {})->id;
  const NodeId shares = served_.lookup(pod, "cpu.shares")->id;
  const auto handle = *served_.open(shares, {});
  EXPECT_EQ(*served_.read(shares, handle, 0, 100, {}), "1024\n");
  ASSERT_EQ(served_.write(shares, handle, "7", {.pid = 1}), 0);
  EXPECT_EQ(*served_.read(shares, handle, 2, 100, {}), "24\n");
  EXPECT_EQ(*served_.read(shares, handle, 0, 100, {}), "7\n");
  EXPECT_EQ(*served_.read(shares, handle, 50, 100, {}), "");
  EXPECT_EQ(*served_.read(shares, 0, 1, 100, {}), "\n") << "nobody answered OPEN";
}

TEST_F(ServedTest, WhatWasOpenedInARemovedGroupStaysDead) {
  const NodeId pod = served_.make_group(cpu_, "pod", 0755, {})->id;
  const NodeId shares = served_.lookup(pod, "cpu.shares")->id;
  const auto handle = *served_.open(shares, {});
  ASSERT_EQ(served_.remove_group(cpu_, "pod"), 0);
  ASSERT_TRUE(served_.make_group(cpu_, "pod", 0755, {}));
  EXPECT_EQ(served_.read(shares, handle, 0, 100, {}).error(), ENODEV);
  EXPECT_EQ(served_.write(shares, handle, "7", {}), ENODEV);
  EXPECT_EQ(*served_.read(shares, *served_.open(shares, {}), 0, 100, {}), "1024\n");
}

TEST_F(ServedTest, OwnersAndModesAreKept) {
  const NodeId pod = served_.make_group(cpu_, "pod", 0700, {.pid = 1, .uid = 5, .gid = 6})->id;
  EXPECT_EQ(served_.lookup(pod, "cpu.shares")->permissions.uid, 5u);
  const NodeId shares = served_.lookup(pod, "cpu.shares")->id;
  EXPECT_EQ(served_.change(shares, {.mode = 0600, .gid = 9})->permissions.mode, 0600u);
  EXPECT_EQ(served_.attributes(shares)->permissions.gid, 9u);
  EXPECT_EQ(served_.check_access(shares, 4, {.uid = 5}), 0);
  EXPECT_EQ(served_.check_access(shares, 4, {.uid = 7, .gid = 9}), EACCES);
  EXPECT_EQ(served_.check_access(shares, 6, {}), 0) << "root may";
}

TEST_F(ServedTest, NewFilesAreRefused) {
  EXPECT_EQ(served_.refuse(cpu_, "cpu.shares", EACCES), EEXIST);
  EXPECT_EQ(served_.refuse(cpu_, "new", EACCES), EACCES);
}

}  // namespace
}  // namespace testbed
