// Where processes are, and what their groups are charged with.
#include "emulator/cgroupfs/machine.h"

#include <gtest/gtest.h>

#include "emulator/cgroupfs/v2_tree.h"

namespace testbed {
namespace {

class MachineTest : public V2Tree {
 protected:
  std::string used(std::string_view group) {
    const std::string text = read(std::string(group) + "/cpu.stat");
    return text.substr(11, text.find('\n') - 11);
  }
  void uses(pid_t pid, std::uint64_t microseconds) {
    processes_.cpu[pid].user = microseconds * 1000;
  }
  void waited_for(pid_t pid, std::uint64_t microseconds) {
    processes_.reaped[pid].user = microseconds * 1000;
  }
  void forks(pid_t parent, pid_t child) {
    processes_.alive.push_back(child);
    processes_.parents[child] = parent;
    processes_.starts[child] = static_cast<std::uint64_t>(child);
  }
};

TEST_F(MachineTest, AChildIsWhereItsParentWasWhenItWasBorn) {
  ASSERT_EQ(mkdir("other"), "OK");
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  forks(20, 40);
  forks(40, 41);
  EXPECT_EQ(read("pod/cgroup.procs"), "20\n40\n41\n");
  forks(20, 42);
  ASSERT_EQ(write("other/cgroup.procs", "20"), "OK");
  EXPECT_EQ(read("pod/cgroup.procs"), "40\n41\n42\n") << "born before its parent moved";
  forks(20, 43);
  EXPECT_EQ(read("other/cgroup.procs"), "20\n43\n");
  EXPECT_EQ(rmdir("pod"), "EBUSY");
}

// runc: the process that is put into the group clones the container's first process as a sibling of
// its own, and is gone before anybody looks.
TEST_F(MachineTest, AProcessMadeWithCloneParentIsWhereItsMakerWas) {
  processes_.channels = {{1, {"pipe:1", "socket:1"}}, {30, {"pipe:1", "socket:2"}}};
  processes_.parents[30] = 1;
  ASSERT_EQ(write("pod/cgroup.procs", "30"), "OK");
  processes_.channels[40] = {"socket:2"};
  processes_.channels[41] = {"pipe:1"};
  forks(1, 40);
  forks(1, 41);
  std::erase(processes_.alive, 30);
  ASSERT_EQ(write("pod/cpu.weight", "200"), "OK");
  EXPECT_EQ(read("pod/cgroup.procs"), "40\n") << "41 has only what their parent has too";
  processes_.channels.clear();
  forks(40, 42);
  EXPECT_EQ(read("pod/cgroup.procs"), "40\n42\n");
}

TEST_F(MachineTest, AGroupThatIsGoneTakesNobodyIn) {
  processes_.channels[30] = {"socket:2"};
  processes_.parents[30] = 1;
  ASSERT_EQ(write("pod/cgroup.procs", "30"), "OK");
  std::erase(processes_.alive, 30);
  ASSERT_EQ(rmdir("pod"), "OK");
  processes_.channels[40] = {"socket:2"};
  forks(1, 40);
  EXPECT_EQ(read("cgroup.procs"), "1\n20\n40\n");
}

TEST_F(MachineTest, AnIdThatComesBackIsNoMember) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  processes_.starts[20] = 77;
  EXPECT_EQ(read("pod/cgroup.procs"), "");
  EXPECT_EQ(read("cgroup.procs"), "1\n20\n30\n");
  EXPECT_EQ(rmdir("pod"), "OK");
}

TEST_F(MachineTest, AZombieIsNotListedAndHoldsNoGroup) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  processes_.zombies.insert(20);
  EXPECT_EQ(read("pod/cgroup.procs"), "");
  EXPECT_EQ(read("pod/cgroup.events"), "populated 0\nfrozen 0\n");
  uses(20, 50);
  EXPECT_EQ(used("pod"), "50") << "what it used counts to the end";
  EXPECT_EQ(rmdir("pod"), "OK");
  uses(20, 60);
  processes_.alive = {1};
  EXPECT_EQ(read("cgroup.procs"), "1\n");
}

TEST_F(MachineTest, ChildrenThatNobodySawAreChargedByTheirParent) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  waited_for(20, 500);
  EXPECT_EQ(used("pod"), "500") << "born and gone between two looks";
  forks(20, 40);
  uses(40, 100);
  EXPECT_EQ(used("pod"), "600");
  processes_.alive = {1, 20, 30};
  waited_for(20, 500 + 130);
  EXPECT_EQ(used("pod"), "630") << "not twice, but its last moments";
  EXPECT_EQ(used("pod"), "630");
}

TEST_F(MachineTest, WhatAMemberUsedUnseenIsItsGroupsAlsoIfItsParentIsElsewhere) {
  forks(1, 40);
  ASSERT_EQ(write("pod/cgroup.procs", "40"), "OK");
  processes_.alive = {1, 20, 30};
  waited_for(1, 700);
  EXPECT_EQ(used("pod"), "700") << "nobody looked between its move and its end";
  waited_for(1, 800);
  EXPECT_EQ(used("pod"), "700") << "a child of 1 that was no member";
  EXPECT_EQ(rmdir("pod"), "OK");
}

TEST_F(MachineTest, WhatAMemberUsedUnseenIsItsGroupsAlsoIfItsParentEndedToo) {
  forks(1, 40);
  forks(40, 41);
  processes_.starts[41] = processes_.starts[40];  // in the same tick
  ASSERT_EQ(write("pod/cgroup.procs", "41"), "OK");
  processes_.alive = {1, 20, 30};
  waited_for(1, 700);
  EXPECT_EQ(used("pod"), "700");
}

TEST_F(MachineTest, AFamilyThatEndsBetweenTwoLooksIsCountedOnce) {
  forks(1, 40);
  ASSERT_EQ(write("pod/cgroup.procs", "40"), "OK");
  forks(40, 41);
  uses(41, 500);
  EXPECT_EQ(used("pod"), "500");
  processes_.alive = {1, 20, 30};
  waited_for(1, 600);  // 41, by way of 40 that waited for it, and 100 that nobody saw
  EXPECT_EQ(used("pod"), "600");
  EXPECT_EQ(used("pod"), "600");
}

TEST_F(MachineTest, ADebtIsSettledAtTheNextLookToo) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  forks(20, 40);
  uses(40, 100);
  EXPECT_EQ(used("pod"), "100");
  processes_.alive = {1, 20, 30};
  EXPECT_EQ(used("pod"), "100") << "its parent's count comes later";
  waited_for(20, 100);
  EXPECT_EQ(used("pod"), "100");
  waited_for(20, 300);
  EXPECT_EQ(used("pod"), "300");
}

TEST_F(MachineTest, NumbersStayWhereTheyWereEarned) {
  ASSERT_EQ(mkdir("other"), "OK");
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  uses(20, 100);
  ASSERT_EQ(write("other/cgroup.procs", "20"), "OK");
  uses(20, 170);
  EXPECT_EQ(used("pod"), "100");
  EXPECT_EQ(used("other"), "70");
  EXPECT_EQ(read("pod/memory.current"), "0\n");
  EXPECT_EQ(read("other/memory.current"), "20000\n");
}

TEST_F(MachineTest, AFrozenGroupStopsItsProcesses) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  ASSERT_EQ(write("pod/cgroup.freeze", "1"), "OK");
  EXPECT_EQ(processes_.stopped, std::set<pid_t>{20});
  forks(20, 40);
  EXPECT_EQ(read("pod/cgroup.procs"), "20\n40\n");
  EXPECT_TRUE(processes_.stopped.contains(40)) << "born frozen";
  ASSERT_EQ(write("pod/cgroup.procs", "30"), "OK");
  ASSERT_EQ(write("cgroup.procs", "40"), "OK");
  EXPECT_EQ(processes_.stopped, (std::set<pid_t>{20, 30}));
  ASSERT_EQ(write("pod/cgroup.freeze", "0"), "OK");
  EXPECT_TRUE(processes_.stopped.empty());
}

TEST_F(MachineTest, WhoWasStoppedByOthersStaysSo) {
  processes_.stopped.insert(20);
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  ASSERT_EQ(write("pod/cgroup.freeze", "1"), "OK");
  ASSERT_EQ(write("pod/cgroup.freeze", "0"), "OK");
  EXPECT_TRUE(processes_.stopped.contains(20));
}

TEST_F(MachineTest, AForkAboveTheLimitIsAnEvent) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  ASSERT_EQ(write("pod/pids.max", "2"), "OK");
  EXPECT_EQ(read("pod/pids.events"), "max 0\n");
  forks(20, 40);
  EXPECT_EQ(read("pod/pids.events"), "max 1\n");
  EXPECT_EQ(read("pod/pids.peak"), "4\n");
  processes_.alive = {1};
  EXPECT_EQ(read("pod/pids.current"), "0\n");
  EXPECT_EQ(read("pod/pids.peak"), "4\n");
}

TEST_F(MachineTest, MoreMemoryThanAllowedIsAnEvent) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(read("pod/memory.events").find("low 0\nhigh 0\nmax 0\n"), 0u);
  ASSERT_EQ(write("pod/memory.max", "8192"), "OK");
  EXPECT_NE(read("pod/memory.events").find("max 1\n"), std::string::npos);
  EXPECT_NE(read("pod/memory.events").find("max 1\n"), std::string::npos) << "still the same one";
  EXPECT_EQ(read("pod/memory.peak"), "20000\n");
  EXPECT_EQ(read("pod/memory.stat").find("anon 20000\nfile 0\n"), 0u);
}

TEST_F(MachineTest, WhatIsReadAndWrittenIsCharged) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(read("pod/io.stat"), "");
  processes_.io[20] = {.read_bytes = 4096, .write_bytes = 0, .reads = 3, .writes = 9};
  const std::string text = read("pod/io.stat");
  EXPECT_NE(text.find(" rbytes=4096 wbytes=0 rios=3 wios=0 dbytes=0 dios=0\n"), std::string::npos);
}

TEST_F(MachineTest, OneReadingOfProcServesAllWhoAskSoon) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  processes_.step = 1000;  // a microsecond for each look at the clock
  read("pod/cpu.stat");
  const int before = processes_.scans;
  for (int i = 0; i < 100; ++i) read("pod/cpu.stat");
  EXPECT_EQ(processes_.scans, before);
}

TEST_F(MachineTest, AReaderInAnotherPidNamespaceSeesItsOwnIds) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  processes_.inner_viewer = 30;
  EXPECT_EQ(*tree_.read(id("pod/cgroup.procs"), {.pid = 30}), "10\n");
  EXPECT_EQ(write("pod/cgroup.procs", "20", 30), "OK");
  EXPECT_EQ(read("pod/cgroup.procs"), "20\n30\n");
}

TEST_F(MachineTest, WhoMayNotWriteTheListAboveBothGroupsMovesNothing) {
  ASSERT_EQ(mkdir("pod/a"), "OK");
  ASSERT_EQ(mkdir("pod/b"), "OK");
  ASSERT_EQ(write("pod/a/cgroup.procs", "20"), "OK");
  const Caller user{.pid = 20, .uid = 5, .gid = 5};
  const NodeId list = id("pod/b/cgroup.procs");
  tree_.set_permissions(*tree_.node(list), {0644, 5, 5});
  EXPECT_EQ(tree_.write(list, "20", user, user), EACCES);
  tree_.set_permissions(*tree_.node(id("pod/cgroup.procs")), {0644, 5, 5});
  EXPECT_EQ(tree_.write(list, "20", user, user), 0);
  EXPECT_EQ(tree_.write(list, "30", user, user), EACCES) << "it comes from outside";
}

TEST(MachineV1, WhoDoesNotOwnAProcessDoesNotMoveIt) {
  FakeProcesses processes;
  processes.owners[20] = 5;
  Hierarchy tree(processes);
  const NodeId pod = tree.make_group(tree.lookup(kTop, "cpu")->id, "pod", 0755, {})->id;
  const NodeId list = tree.lookup(pod, "cgroup.procs")->id;
  const Caller user{.pid = 20, .uid = 5, .gid = 5};
  EXPECT_EQ(tree.write(list, "30", user, user), EACCES);
  EXPECT_EQ(tree.write(list, "20", user, user), 0);
  EXPECT_EQ(tree.write(list, "30", {}, user), 0) << "root opened it";
}

TEST(MachineV1, TimesOfACpuAddUpToTheUsage) {
  FakeProcesses processes;
  Hierarchy tree(processes);
  const NodeId pod = tree.make_group(tree.lookup(kTop, "cpuacct")->id, "pod", 0755, {})->id;
  const auto file = [&](std::string_view name) { return tree.lookup(pod, name)->id; };
  ASSERT_EQ(tree.write(file("cgroup.procs"), "20", 1), 0);
  processes.cpu[20] = {.user = 5000, .system = 2000};
  EXPECT_EQ(tree.read(file("cpuacct.usage_percpu"))->find("7000 "), 0u);
  EXPECT_EQ(tree.read(file("cpuacct.usage_all"))->find("cpu user system\n0 5000 2000\n"), 0u);
}

TEST(MachineV1, AThreadElsewhereIsChargedThere) {
  FakeProcesses processes;
  Hierarchy tree(processes);
  const NodeId root = tree.lookup(kTop, "cpuacct")->id;
  const auto file = [&](std::string_view group, std::string_view name) {
    return tree.lookup(tree.lookup(root, group)->id, name)->id;
  };
  ASSERT_TRUE(tree.make_group(root, "a", 0755, {}));
  ASSERT_TRUE(tree.make_group(root, "b", 0755, {}));
  ASSERT_EQ(tree.write(file("a", "cgroup.procs"), "20", 1), 0);
  ASSERT_EQ(tree.write(file("b", "tasks"), "1020", 1), 0);
  processes.cpu[20] = {.user = 1000, .system = 0};  // of both threads
  processes.cpu[1020] = {.user = 300, .system = 0};
  EXPECT_EQ(*tree.read(file("a", "cpuacct.usage")), "700\n");
  EXPECT_EQ(*tree.read(file("b", "cpuacct.usage")), "300\n");
}

TEST(MachineReportOnly, NobodyIsStopped) {
  FakeProcesses processes;
  Hierarchy tree(processes, plan_of(layout_v2()), true);
  const NodeId pod = tree.make_group(kTop, "pod", 0755, {})->id;
  ASSERT_EQ(tree.write(tree.lookup(pod, "cgroup.procs")->id, "20", 1), 0);
  ASSERT_EQ(tree.write(tree.lookup(pod, "cgroup.freeze")->id, "1", 1), 0);
  EXPECT_EQ(*tree.read(tree.lookup(pod, "cgroup.events")->id), "populated 1\nfrozen 1\n");
  EXPECT_TRUE(processes.stopped.empty());
}

}  // namespace
}  // namespace testbed
