#include "emulator/cgroupfs/v2_tree.h"

namespace testbed {
namespace {

// Rules of the unified tree; what is expected was measured on cgroup v2 of Linux 6.18, or is what
// its kernel/cgroup/cgroup.c says where controllers are involved.
class V2Hierarchy : public V2Tree {
 protected:
  std::vector<std::string> names(std::string_view path) {
    std::vector<std::string> names;
    const auto entries = tree_.list(id(path));
    for (const Entry& entry : *entries) names.push_back(entry.name);
    return names;
  }
};

TEST_F(V2Hierarchy, TheTopIsTheRootGroup) {
  EXPECT_EQ(read("cgroup.controllers"), "cpuset cpu io memory hugetlb pids rdma misc\n");
  for (const char* absent : {"cgroup.type", "cgroup.events", "cgroup.freeze", "cgroup.kill",
                             "cgroup.stat.local", "memory.max", "memory.current", "pids.max",
                             "cpu.max", "cpu.weight", "io.max", "tasks", "release_agent"}) {
    EXPECT_EQ(id(absent), 0u) << absent;
  }
  EXPECT_EQ(tree_.permissions(*tree_.node(kTop)).mode, 0555u);
}

TEST_F(V2Hierarchy, AGroupWithoutControllersHasTheCoreFilesOnly) {
  ASSERT_EQ(mkdir("pod/bare"), "OK");
  EXPECT_EQ(
      names("pod/bare"),
      (std::vector<std::string>{
          "cgroup.controllers", "cgroup.events", "cgroup.freeze", "cgroup.kill", "cgroup.max.depth",
          "cgroup.max.descendants", "cgroup.pressure", "cgroup.procs", "cgroup.stat",
          "cgroup.stat.local", "cgroup.subtree_control", "cgroup.threads", "cgroup.type",
          "cpu.pressure", "cpu.stat", "cpu.stat.local", "io.pressure", "memory.pressure"}));
  EXPECT_EQ(read("pod/bare/cgroup.controllers"), "");
  EXPECT_EQ(read("pod/bare/cpu.stat"), "usage_usec 0\nuser_usec 0\nsystem_usec 0\nnice_usec 0\n");
  EXPECT_EQ(read("pod/bare/cpu.stat.local"), "");
  EXPECT_EQ(read("pod/bare/cgroup.stat.local"), "frozen_usec 0\n");
}

TEST_F(V2Hierarchy, AnEnabledControllerBringsItsFilesToTheChildren) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  EXPECT_EQ(id("pod/child/cpu.max"), 0u);
  EXPECT_EQ(after("pod/cgroup.subtree_control", "+pids +cpu"), "cpu pids\n");
  EXPECT_EQ(read("pod/child/cgroup.controllers"), "cpu pids\n");
  EXPECT_EQ(after("pod/child/cpu.max", "5000"), "5000 100000\n");
  EXPECT_NE(read("pod/child/cpu.stat").find("nr_periods 0\n"), std::string::npos);
  EXPECT_EQ(after("pod/cgroup.subtree_control", "-cpu"), "pids\n");
  EXPECT_EQ(id("pod/child/cpu.max"), 0u);
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+cpu"), "OK");
  EXPECT_EQ(read("pod/child/cpu.max"), "max 100000\n") << "it starts afresh";
}

TEST_F(V2Hierarchy, SubtreeControlTakesKnownAndAvailableNames) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  const auto* const file = "pod/cgroup.subtree_control";
  for (const char* wrong : {"+foo", "cpu", "+", " +foo", "+cpu +foo", "-foo", "+cgroup", "+CPU"}) {
    EXPECT_EQ(write(file, wrong), "EINVAL") << wrong;
  }
  EXPECT_EQ(write("pod/child/cgroup.subtree_control", "+cpu"), "ENOENT");
  EXPECT_EQ(write("pod/child/cgroup.subtree_control", "-cpu -memory"), "OK");
  EXPECT_EQ(after(file, "+cpu -cpu"), "") << "the last word on a controller counts";
  EXPECT_EQ(after(file, " +cpu  +memory\n"), "cpu memory\n");
  EXPECT_EQ(after(file, "+cpu"), "cpu memory\n") << "again";
}

TEST_F(V2Hierarchy, SubtreeControlChangesAllOrNothing) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  ASSERT_EQ(write("pod/cgroup.subtree_control", "+cpu"), "OK");
  EXPECT_EQ(write("pod/child/cgroup.subtree_control", "+cpu +memory"), "ENOENT");
  EXPECT_EQ(read("pod/child/cgroup.subtree_control"), "");
}

TEST_F(V2Hierarchy, WhatAChildHandsOnCannotBeTakenAway) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  ASSERT_EQ(write("pod/cgroup.subtree_control", "+cpu +memory"), "OK");
  ASSERT_EQ(write("pod/child/cgroup.subtree_control", "+memory"), "OK");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "-cpu -memory"), "EBUSY");
  EXPECT_EQ(read("pod/cgroup.subtree_control"), "cpu memory\n");
  EXPECT_EQ(after("pod/cgroup.subtree_control", "-cpu"), "memory\n");
}

TEST_F(V2Hierarchy, AGroupHasProcessesOrHandsOnControllers) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+memory"), "EBUSY");
  ASSERT_EQ(write("pod/child/cgroup.procs", "20"), "OK");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+memory"), "OK");
  EXPECT_EQ(write("pod/cgroup.procs", "20"), "EBUSY");
  EXPECT_EQ(write("cgroup.procs", "20"), "OK") << "the root may have both";
}

TEST_F(V2Hierarchy, ThreadedControllersMakeAThreadRootOfAGroupWithProcesses) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+cpu"), "OK");
  EXPECT_EQ(read("pod/cgroup.type"), "domain threaded\n");
  ASSERT_EQ(mkdir("pod/child"), "OK");
  EXPECT_EQ(read("pod/child/cgroup.type"), "domain invalid\n");
  EXPECT_EQ(write("pod/child/cgroup.procs", "20"), "EOPNOTSUPP");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+memory"), "EOPNOTSUPP");
}

TEST_F(V2Hierarchy, AThreadedGroupSharesTheDomainOfTheOneAbove) {
  ASSERT_EQ(mkdir("pod/a"), "OK");
  ASSERT_EQ(mkdir("pod/b"), "OK");
  EXPECT_EQ(write("pod/a/cgroup.type", "domain"), "EINVAL");
  EXPECT_EQ(after("pod/a/cgroup.type", "threaded\n"), "threaded\n");
  EXPECT_EQ(write("pod/a/cgroup.type", "domain"), "EINVAL");
  EXPECT_EQ(read("pod/cgroup.type"), "domain threaded\n");
  EXPECT_EQ(read("pod/b/cgroup.type"), "domain invalid\n");
  EXPECT_EQ(read("pod/a/cgroup.procs"), "EOPNOTSUPP");
  EXPECT_EQ(write("pod/a/cgroup.threads", "20"), "EOPNOTSUPP") << "of another domain";
  EXPECT_EQ(write("pod/b/cgroup.procs", "20"), "EOPNOTSUPP");
  EXPECT_EQ(write("pod/a/cgroup.procs", "20"), "OK");
  EXPECT_EQ(read("pod/cgroup.procs"), "20\n") << "its threads are below";
  EXPECT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(write("pod/a/cgroup.threads", "20"), "OK");
  EXPECT_EQ(read("pod/a/cgroup.threads"), "20\n");
  EXPECT_EQ(read("pod/cgroup.threads"), "1020\n");
  EXPECT_EQ(read("pod/cgroup.procs"), "20\n");
  EXPECT_EQ(write("pod/a/cgroup.kill", "1"), "EOPNOTSUPP");
}

TEST_F(V2Hierarchy, AThreadedGroupHasThreadedControllersOnly) {
  ASSERT_EQ(mkdir("pod/a"), "OK");
  ASSERT_EQ(write("pod/a/cgroup.type", "threaded"), "OK");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+memory"), "EOPNOTSUPP");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+cpu +pids"), "OK");
  EXPECT_EQ(read("pod/a/cgroup.controllers"), "cpu pids\n");
  ASSERT_EQ(mkdir("full"), "OK");
  ASSERT_EQ(write("full/cgroup.subtree_control", "+memory"), "OK");
  EXPECT_EQ(write("full/cgroup.type", "threaded"), "EOPNOTSUPP") << "a domain controller is on";
  ASSERT_EQ(mkdir("busy"), "OK");
  ASSERT_EQ(write("busy/cgroup.procs", "30"), "OK");
  EXPECT_EQ(write("busy/cgroup.type", "threaded"), "EOPNOTSUPP") << "it has processes";
}

TEST_F(V2Hierarchy, DepthAndDescendantsAreLimited) {
  EXPECT_EQ(after("pod/cgroup.max.depth", "0"), "0\n");
  EXPECT_EQ(mkdir("pod/a"), "EAGAIN");
  ASSERT_EQ(write("pod/cgroup.max.depth", "1"), "OK");
  EXPECT_EQ(mkdir("pod/a"), "OK");
  EXPECT_EQ(mkdir("pod/a/b"), "EAGAIN") << "limits of all above count";
  ASSERT_EQ(write("pod/cgroup.max.depth", "max"), "OK");
  ASSERT_EQ(write("pod/cgroup.max.descendants", "2"), "OK");
  EXPECT_EQ(mkdir("pod/a/b"), "OK");
  EXPECT_EQ(mkdir("pod/c"), "EAGAIN");
  EXPECT_EQ(rmdir("pod/a/b"), "OK");
  EXPECT_EQ(mkdir("pod/c"), "OK");
}

TEST_F(V2Hierarchy, LimitsOfTheTreeReadAsIntegers) {
  const auto* const file = "pod/cgroup.max.depth";
  EXPECT_EQ(after(file, " 7 \n"), "7\n");
  EXPECT_EQ(after(file, "0x10"), "16\n");
  EXPECT_EQ(after(file, "2147483647"), "max\n");
  for (const char* far : {"-1", "2147483648", "99999999999"}) {
    EXPECT_EQ(write(file, far), "ERANGE") << far;
  }
  for (const char* wrong : {"x", "max x"}) EXPECT_EQ(write(file, wrong), "EINVAL") << wrong;
}

TEST_F(V2Hierarchy, FreezingShowsInTheEventsOfAllBelow) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  EXPECT_EQ(read("pod/cgroup.events"), "populated 0\nfrozen 0\n");
  EXPECT_EQ(after("pod/cgroup.freeze", "1"), "1\n");
  EXPECT_EQ(read("pod/child/cgroup.freeze"), "0\n");
  EXPECT_EQ(read("pod/child/cgroup.events"), "populated 0\nfrozen 1\n");
  EXPECT_EQ(write("pod/cgroup.freeze", "2"), "ERANGE");
  EXPECT_EQ(write("pod/cgroup.freeze", "-1"), "ERANGE");
  EXPECT_EQ(write("pod/cgroup.freeze", "x"), "EINVAL");
}

TEST_F(V2Hierarchy, AMemberPopulatesAllAboveIt) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  ASSERT_EQ(write("pod/child/cgroup.procs", "0", 20), "OK");
  EXPECT_EQ(read("pod/child/cgroup.procs"), "20\n");
  EXPECT_EQ(read("cgroup.procs"), "1\n30\n");
  EXPECT_EQ(read("pod/cgroup.events"), "populated 1\nfrozen 0\n");
  EXPECT_EQ(rmdir("pod/child"), "EBUSY");
  processes_.alive = {1};
  EXPECT_EQ(read("pod/cgroup.events"), "populated 0\nfrozen 0\n");
  EXPECT_EQ(rmdir("pod/child"), "OK");
}

TEST_F(V2Hierarchy, WrongProcessesAreRefused) {
  for (const char* file : {"pod/cgroup.procs", "pod/cgroup.threads"}) {
    for (const char* wrong : {"abc", "1 2", "-1"}) EXPECT_EQ(write(file, wrong), "EINVAL") << wrong;
    EXPECT_EQ(write(file, "999"), "ESRCH");
    EXPECT_EQ(write(file, ""), "OK");
  }
}

TEST_F(V2Hierarchy, KillEndsAllProcessesFromHereDown) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  ASSERT_EQ(write("pod/child/cgroup.procs", "30"), "OK");
  EXPECT_EQ(write("pod/cgroup.kill", "0"), "ERANGE");
  EXPECT_EQ(write("pod/cgroup.kill", "x"), "EINVAL");
  EXPECT_EQ(read("pod/cgroup.kill"), "EINVAL");
  EXPECT_EQ(write("pod/cgroup.kill", "1"), "OK");
  EXPECT_EQ(processes_.alive, std::vector<pid_t>{1});
}

TEST_F(V2Hierarchy, PressureFilesCanBeHidden) {
  EXPECT_EQ(read("pod/io.pressure"),
            "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
            "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
  EXPECT_EQ(write("pod/io.pressure", "some 150000 1000000"), "EINVAL");
  EXPECT_EQ(write("pod/cgroup.pressure", "2"), "ERANGE");
  EXPECT_EQ(write("pod/cgroup.pressure", "x"), "EINVAL");
  EXPECT_EQ(after("pod/cgroup.pressure", "0"), "0\n");
  EXPECT_EQ(id("pod/io.pressure"), 0u);
  EXPECT_EQ(write("pod/cgroup.pressure", "1"), "OK");
  EXPECT_NE(id("pod/io.pressure"), 0u);
}

TEST_F(V2Hierarchy, TheStatisticsCountGroups) {
  ASSERT_EQ(mkdir("pod/a"), "OK");
  ASSERT_EQ(write("pod/cgroup.subtree_control", "+pids"), "OK");
  const std::string text = read("pod/cgroup.stat");
  EXPECT_EQ(text.find("nr_descendants 1\n"), 0u);
  EXPECT_NE(text.find("nr_subsys_pids 2\n"), std::string::npos);
  EXPECT_NE(text.find("nr_subsys_memory 1\n"), std::string::npos);
  EXPECT_NE(text.find("nr_dying_descendants 0\nnr_dying_subsys_cpuset 0\n"), std::string::npos);
}

TEST_F(V2Hierarchy, NothingIsRenamed) {
  EXPECT_EQ(tree_.rename(kTop, "pod", kTop, "other"), EPERM);
  EXPECT_EQ(tree_.rename(kTop, "cgroup.procs", kTop, "other"), EPERM);
}

}  // namespace
}  // namespace testbed
